/** One setting: a flag, and the environment variable that it wins over. */
export interface Setting {
  readonly env: string
  /** What the value is, for `--help`; absent for a switch. */
  readonly value?: string | undefined
  readonly repeatable?: boolean | undefined
  /** As shown in `--help`. */
  readonly fallback: string
  readonly text: string
}

/** Every setting of the gateway (gateway.md, Start). */
export const SETTINGS: Readonly<Record<keyof GatewayFlags, Setting>> = {
  host: {
    env: 'HOLDFAST_HOST',
    value: 'address',
    fallback: '127.0.0.1',
    text: 'address to bind, or unix:/path of a socket',
  },
  port: { env: 'HOLDFAST_PORT', value: 'number', fallback: '4600', text: '0: any free port' },
  'tls-cert': {
    env: 'HOLDFAST_TLS_CERT',
    value: 'file',
    fallback: 'plain http',
    text: 'certificate (PEM, with its chain) of https; read anew when it changes',
  },
  'tls-key': { env: 'HOLDFAST_TLS_KEY', value: 'file', fallback: 'none', text: 'key of the certificate (PEM)' },
  'base-path': {
    env: 'HOLDFAST_BASE_PATH',
    value: 'path',
    fallback: '/',
    text: 'path below which a proxy that does not strip it serves this gateway, such as /holdfast',
  },
  data: {
    env: 'HOLDFAST_DATA',
    value: 'folder',
    fallback: '.holdfast',
    text: 'folder of the embedded store and of shells',
  },
  store: {
    env: 'HOLDFAST_STORE',
    value: 'store',
    fallback: 'embedded',
    text: 'embedded (durable, this machine), memory, or nats://host:port,… (many gateways)',
  },
  node: {
    env: 'HOLDFAST_NODE',
    value: 'name',
    fallback: "the machine's name and the port",
    text: 'name of this gateway among those that share a store; no two may have one',
  },
  advertise: {
    env: 'HOLDFAST_ADVERTISE',
    value: 'url',
    fallback: 'where it listens',
    text: 'where the other gateways reach this one, such as http://10.0.0.7:4600',
  },
  token: {
    env: 'HOLDFAST_TOKENS',
    value: 'token',
    repeatable: true,
    fallback: 'a random one, printed once',
    text: 'secret, or secret=principal:scope+scope; scopes: lead observe control shell track admin',
  },
  origin: {
    env: 'HOLDFAST_ORIGINS',
    value: 'origin',
    repeatable: true,
    fallback: 'own host',
    text: 'a browser origin that is allowed',
  },
  'trust-proxy': {
    env: 'HOLDFAST_TRUST_PROXY',
    value: 'peer',
    repeatable: true,
    fallback: 'nobody',
    text: 'a proxy whose X-Forwarded headers are believed: address, 10.0.0.0/8, loopback or unix',
  },
  sessions: {
    env: 'HOLDFAST_SESSIONS',
    value: 'reach',
    fallback: 'open',
    text: 'who finds a session made without a wish. open: whoever has the scope; private: who made it',
  },
  shell: {
    env: 'HOLDFAST_SHELL',
    value: 'program',
    fallback: '$SHELL or /bin/bash',
    text: 'program of a new shell; none switches shells off',
  },
  'shell-user': {
    env: 'HOLDFAST_SHELL_USER',
    value: 'name',
    fallback: "the gateway's own",
    text: "user as whom shells run, so that they cannot reach what is the gateway's; needs a gateway that runs as root",
  },
  'shell-host': {
    env: 'HOLDFAST_SHELL_HOST',
    value: 'where',
    fallback: 'process, inside with the memory store',
    text: 'process: shells outlive a gateway that dies; inside: they end with it',
  },
  'keep-shells': {
    env: 'HOLDFAST_KEEP_SHELLS',
    fallback: 'off',
    text: 'shells outlive a gateway that is stopped, for the next one (HOLDFAST_KEEP_SHELLS=1)',
  },
  json: { env: 'HOLDFAST_LOG', fallback: 'off', text: 'machine-readable lines (HOLDFAST_LOG=json)' },
}

/** Flags as a parser of command lines gives them. */
export interface GatewayFlags {
  readonly host?: string | undefined
  readonly port?: string | undefined
  readonly 'tls-cert'?: string | undefined
  readonly 'tls-key'?: string | undefined
  readonly 'base-path'?: string | undefined
  readonly data?: string | undefined
  readonly store?: string | undefined
  readonly node?: string | undefined
  readonly advertise?: string | undefined
  readonly token?: readonly string[] | undefined
  readonly origin?: readonly string[] | undefined
  readonly 'trust-proxy'?: readonly string[] | undefined
  readonly sessions?: string | undefined
  readonly shell?: string | undefined
  readonly 'shell-user'?: string | undefined
  readonly 'shell-host'?: string | undefined
  readonly 'keep-shells'?: boolean | undefined
  readonly json?: boolean | undefined
}
