// The entry by which Raspberry Pi Imager offers the image: a list of operating systems with one in it.

export function manifestOf({ name, version, board, file, compressed, disk, time, address }) {
  const entry = {
    name: `tipring ${version} (${name})`,
    description: "Firmware of an analog telephone adapter: the settings are made on the serial console",
    url: `${address}${file}`,
    release_date: new Date(time * 1000).toISOString().slice(0, 10),
    extract_size: disk.size,
    extract_sha256: disk.sha256,
    image_download_size: compressed.size,
    image_download_sha256: compressed.sha256,
    devices: board.imager,
  };
  return `${JSON.stringify({ os_list: [entry] }, null, 2)}\n`;
}
