/**
 * Whether a system's error code says that a certificate was not accepted: OpenSSL's verification errors and Node's own
 * for names (Node.js documentation, TLS, "X509 certificate error codes"). Bun uses the same names.
 */
export function isCertificateCode(code: string | undefined): boolean {
  return code !== undefined && CERTIFICATE_CODE.test(code)
}

const CERTIFICATE_CODE =
  /^(CERT_|CRL_|UNABLE_TO_(GET|DECRYPT|DECODE|VERIFY)_|(DEPTH_ZERO_)?SELF_SIGNED_CERT|ERR_TLS_CERT_|(INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED|HOSTNAME_MISMATCH)$)/
