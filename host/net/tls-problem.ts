// Why an encrypted connection did not come about, for people.

const SENTENCES: Readonly<Record<string, string>> = {
  DEPTH_ZERO_SELF_SIGNED_CERT:
    "its certificate is signed by nobody but itself (tls ca names the authorities to believe)",
  SELF_SIGNED_CERT_IN_CHAIN: "its certificate is of an authority that we don't know (tls ca names those to believe)",
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    "its certificate is of an authority that we don't know (tls ca names those to believe)",
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    "its certificate is of an authority that we don't know (tls ca names those to believe)",
  CERT_HAS_EXPIRED: "its certificate has expired",
  CERT_NOT_YET_VALID: "its certificate is not valid yet (is this box's clock right?)",
  ECONNREFUSED: "nobody listens there",
  ECONNRESET: "it hung up",
  ERR_SSL_WRONG_VERSION_NUMBER: "it does not speak TLS",
  ERR_SSL_HTTP_REQUEST: "it does not speak TLS",
  ERR_SSL_UNSUPPORTED_PROTOCOL: "it knows no TLS as new as 1.2",
  ERR_SSL_TLSV1_ALERT_PROTOCOL_VERSION: "it wants another version of TLS than 1.2 or 1.3",
  ERR_SSL_TLSV1_ALERT_UNKNOWN_CA: "it does not know the authority of our certificate",
  ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE: "our certificate is not what it wants",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_UNKNOWN: "our certificate is not what it wants",
  ERR_SSL_SSLV3_ALERT_CERTIFICATE_EXPIRED: "our certificate has expired, it says",
};

export function tlsProblem(error: Error): string {
  return SENTENCES[(error as NodeJS.ErrnoException).code ?? ""] ?? error.message;
}
