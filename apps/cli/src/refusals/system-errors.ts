/** What an error of the system means, and what to do. */
export const SYSTEM_ERRORS: Readonly<Record<string, readonly [text: string, hint: string]>> = {
  ECONNREFUSED: ['nothing listens there', 'Check the port, and that the gateway runs.'],
  ECONNRESET: [
    'the connection was reset',
    'Where the port speaks TLS, use https://; a firewall or proxy may cut it, too.',
  ],
  ETIMEDOUT: ['no answer at all', 'A firewall may drop the packets; check address and port.'],
  EHOSTUNREACH: ['no route to the host', 'Check the network, a VPN for instance.'],
  ENETUNREACH: ['no route to the network', 'Check the network, a VPN for instance.'],
  ENOTFOUND: ['the name is not known', 'Check the spelling, and the DNS server.'],
  UND_ERR_SOCKET: [
    'it takes the connection, but does not speak HTTP',
    'Check the port; where it speaks TLS, use https://.',
  ],
  EAI_AGAIN: ['the DNS server does not answer', 'Check the network.'],
  DEPTH_ZERO_SELF_SIGNED_CERT: [
    'its certificate is self-signed',
    'Trust its authority with NODE_EXTRA_CA_CERTS=ca.pem.',
  ],
  SELF_SIGNED_CERT_IN_CHAIN: ['its certificates end in one of its own', 'Trust it with NODE_EXTRA_CA_CERTS=ca.pem.'],
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: [
    'its certificate is incomplete',
    'The server must send its intermediate certificates.',
  ],
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: ['its authority is not trusted here', 'Trust it with NODE_EXTRA_CA_CERTS=ca.pem.'],
  CERT_HAS_EXPIRED: ['its certificate has expired', 'Renew it on the server; check the clock here.'],
  CERT_NOT_YET_VALID: ['its certificate is not valid yet', 'Check the clock here.'],
  ERR_TLS_CERT_ALTNAME_INVALID: ['its certificate is for another name', 'Use the name in the certificate.'],
  ERR_SSL_WRONG_VERSION_NUMBER: ['it does not speak TLS', 'Use http:// for this port.'],
  EPROTO: ['it does not speak TLS', 'Use http:// for this port.'],
}

/** Of these codes the certificate, or TLS at all, is the matter. */
export function isTlsError(code: string): boolean {
  return /CERT|SELF_SIGNED|^ERR_(SSL|TLS)|^EPROTO$|UNABLE_TO_/.test(code)
}
