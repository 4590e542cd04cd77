// Made from ../config/schema.ts by ../config/settings.test.ts: change the schema, and make it anew.
import type { Setting } from '../config/setting.ts'

/** Every setting of the gateway. */
export const SETTINGS = {
  "host": {
    "env": "HOLDFAST_HOST",
    "value": "address",
    "fallback": "127.0.0.1",
    "text": "address to bind, or unix:/path of a socket"
  },
  "port": {
    "env": "HOLDFAST_PORT",
    "value": "number",
    "fallback": "4600",
    "text": "port to listen on; 0: any free one"
  },
  "tls-cert": {
    "env": "HOLDFAST_TLS_CERT",
    "value": "file",
    "fallback": "plain http",
    "text": "certificate (PEM, with its chain) for https; read again when it changes"
  },
  "tls-key": {
    "env": "HOLDFAST_TLS_KEY",
    "value": "file",
    "fallback": "none",
    "text": "key of the certificate (PEM)"
  },
  "base-path": {
    "env": "HOLDFAST_BASE_PATH",
    "value": "path",
    "fallback": "/",
    "text": "path below which a proxy that does not strip it serves this gateway, such as /holdfast"
  },
  "data": {
    "env": "HOLDFAST_DATA",
    "value": "folder",
    "fallback": ".holdfast",
    "text": "folder of the embedded store and of shells"
  },
  "store": {
    "env": "HOLDFAST_STORE",
    "value": "store",
    "fallback": "embedded",
    "text": "where sessions are kept: embedded (durable, this machine), memory, or nats://host:port,… (many gateways)",
    "isSecret": true
  },
  "node": {
    "env": "HOLDFAST_NODE",
    "value": "name",
    "fallback": "the machine's name and the port",
    "text": "name of this gateway among those that share a store; no two may have one"
  },
  "advertise": {
    "env": "HOLDFAST_ADVERTISE",
    "value": "url",
    "fallback": "where it listens",
    "text": "where the other gateways reach this one, such as http://10.0.0.7:4600"
  },
  "token": {
    "env": "HOLDFAST_TOKENS",
    "value": "token",
    "repeatable": true,
    "fallback": "a random one, printed once",
    "text": "secret, or secret=principal:scope+scope; scopes: lead observe control shell track admin",
    "isSecret": true
  },
  "origin": {
    "env": "HOLDFAST_ORIGINS",
    "value": "origin",
    "repeatable": true,
    "fallback": "own host",
    "text": "a browser origin that is allowed"
  },
  "trust-proxy": {
    "env": "HOLDFAST_TRUST_PROXY",
    "value": "peer",
    "repeatable": true,
    "fallback": "nobody",
    "text": "a proxy whose X-Forwarded headers are believed: address, 10.0.0.0/8, loopback or unix"
  },
  "sessions": {
    "env": "HOLDFAST_SESSIONS",
    "value": "reach",
    "fallback": "open",
    "text": "who may see a session that names no reach. open: any principal with the scope; private: its creator"
  },
  "sharing": {
    "env": "HOLDFAST_SHARING",
    "value": "on|off",
    "fallback": "on",
    "text": "whether people may let others into a session or a shell of theirs, by a link or a token that ends"
  },
  "shell": {
    "env": "HOLDFAST_SHELL",
    "value": "program",
    "fallback": "$SHELL or /bin/bash",
    "text": "program of a new shell with its arguments, such as \"bash -l\"; none switches shells off"
  },
  "shell-user": {
    "env": "HOLDFAST_SHELL_USER",
    "value": "name",
    "fallback": "the gateway's own",
    "text": "user as whom shells run, so that they cannot reach what is the gateway's; needs a gateway that runs as root"
  },
  "shell-host": {
    "env": "HOLDFAST_SHELL_HOST",
    "value": "where",
    "fallback": "process, inside with the memory store",
    "text": "where shells run. process: they outlive a gateway that dies; inside: they end with it"
  },
  "keep-shells": {
    "env": "HOLDFAST_KEEP_SHELLS",
    "fallback": "off",
    "text": "shells outlive a gateway that is stopped, for the next one (HOLDFAST_KEEP_SHELLS=1)"
  },
  "record": {
    "env": "HOLDFAST_RECORD",
    "value": "which",
    "fallback": "asked",
    "text": "which shells are recorded, in the data folder. asked: those whose client wants it; all: with a terminal"
  },
  "kubernetes": {
    "env": "HOLDFAST_KUBERNETES",
    "fallback": "off",
    "text": "kubectl finds pods: gateway (this machine), shell-ID and those of --pod; it needs https"
  },
  "pod": {
    "env": "HOLDFAST_PODS",
    "value": "name=command",
    "repeatable": true,
    "fallback": "none",
    "text": "a command as a pod for kubectl: attach runs it, exec appends to it; in the variable one a line",
    "isByLine": true
  },
  "agent": {
    "env": "HOLDFAST_AGENTS",
    "value": "name=command",
    "repeatable": true,
    "fallback": "none",
    "text": "a coding agent that speaks ACP on stdio: clients find it at /acp; in the variable one a line",
    "isByLine": true
  },
  "agent-folder": {
    "env": "HOLDFAST_AGENT_FOLDERS",
    "value": "folder",
    "repeatable": true,
    "fallback": "where the gateway was started",
    "text": "a folder below which agents may work; in the variable one a line",
    "isByLine": true
  },
  "agent-env": {
    "env": "HOLDFAST_AGENT_ENV",
    "value": "variable",
    "repeatable": true,
    "fallback": "none",
    "text": "a variable of agents: NAME of the gateway's own, or NAME=value; in the variable one a line",
    "isByLine": true,
    "isSecret": true
  },
  "agents-file": {
    "env": "HOLDFAST_AGENTS_FILE",
    "value": "file",
    "fallback": "none",
    "text": "a JSON file of agents, or a folder of them, read anew at each start of an agent: name, command, env, folders, clientCapabilities, showsStderr"
  },
  "end-when-idle": {
    "env": "HOLDFAST_END_WHEN_IDLE",
    "value": "seconds",
    "fallback": "never",
    "text": "seconds without a client after which it ends, unless an agent is at work or a shell runs"
  },
  "address-file": {
    "env": "HOLDFAST_ADDRESS_FILE",
    "fallback": "off",
    "text": "address and first token in gateway.json of the data folder while it runs, for its user alone"
  },
  "json": {
    "env": "HOLDFAST_LOG",
    "fallback": "off",
    "text": "machine-readable lines (HOLDFAST_LOG=json)"
  },
  "nats-shards": {
    "env": "HOLDFAST_NATS_SHARDS",
    "value": "number",
    "fallback": "64",
    "text": "streams over which sessions are spread; fixed when the store is created",
    "isWithoutFlag": true
  },
  "nats-system": {
    "env": "HOLDFAST_NATS_SYSTEM",
    "value": "account",
    "fallback": "none",
    "text": "user:password of the servers' system account, only to see how the servers are set up",
    "isWithoutFlag": true,
    "isSecret": true
  }
} as const satisfies Readonly<Record<string, Setting>>

/** Its flags, as `parseArgs` of Node wants them. */
export const FLAGS = {
  "host": {
    "type": "string"
  },
  "port": {
    "type": "string"
  },
  "tls-cert": {
    "type": "string"
  },
  "tls-key": {
    "type": "string"
  },
  "base-path": {
    "type": "string"
  },
  "data": {
    "type": "string"
  },
  "store": {
    "type": "string"
  },
  "node": {
    "type": "string"
  },
  "advertise": {
    "type": "string"
  },
  "token": {
    "type": "string",
    "multiple": true
  },
  "origin": {
    "type": "string",
    "multiple": true
  },
  "trust-proxy": {
    "type": "string",
    "multiple": true
  },
  "sessions": {
    "type": "string"
  },
  "sharing": {
    "type": "string"
  },
  "shell": {
    "type": "string"
  },
  "shell-user": {
    "type": "string"
  },
  "shell-host": {
    "type": "string"
  },
  "keep-shells": {
    "type": "boolean"
  },
  "record": {
    "type": "string"
  },
  "kubernetes": {
    "type": "boolean"
  },
  "pod": {
    "type": "string",
    "multiple": true
  },
  "agent": {
    "type": "string",
    "multiple": true
  },
  "agent-folder": {
    "type": "string",
    "multiple": true
  },
  "agent-env": {
    "type": "string",
    "multiple": true
  },
  "agents-file": {
    "type": "string"
  },
  "end-when-idle": {
    "type": "string"
  },
  "address-file": {
    "type": "boolean"
  },
  "json": {
    "type": "boolean"
  }
} as const
