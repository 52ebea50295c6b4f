// The entry by which Raspberry Pi Imager offers the image: a list of operating systems with one in it.

/** `address` is where `file` will be; nothing is asked at the first start that Imager could answer, so it customises nothing. */
export function manifestOf({ name, version, board, file, compressed, disk, time, address }) {
  const entry = {
    name: `tipring ${version} (${name})`,
    description: "Firmware of an analog telephone adapter: the settings are made on the serial console",
    icon: "",
    url: new URL(encodeURIComponent(file), address.replace(/\/*$/, "/")).href,
    release_date: new Date(time * 1000).toISOString().slice(0, 10),
    extract_size: disk.size,
    extract_sha256: disk.sha256,
    image_download_size: compressed.size,
    image_download_sha256: compressed.sha256,
    init_format: "none",
    devices: board.imager,
  };
  return `${JSON.stringify({ os_list: [entry] }, null, 2)}\n`;
}
