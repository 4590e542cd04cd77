/** What a program of the published shell client uses, in types that both modules have. */
export interface Runtime {
  readonly ShellChannel: Readonly<Record<string | number, string | number>>
  readonly MAX_FRAME_SIZE: number
  readonly ShellFramer: new () => Framer
  readonly ShellSession: new (options: Options) => Session
  readonly RuntimeClient: new (config?: Options) => Client
}

export type Options = Readonly<Record<string, unknown>>

export interface Frame {
  readonly channel: number
  readonly rawChannelByte: number
  readonly payload: Uint8Array
  readonly text: string
  json(): unknown
}

export interface Framer {
  decode(frame: Uint8Array): Frame
  encodeStdin(data: string | Uint8Array): Uint8Array
  encodeResize(width: unknown, height: unknown): Uint8Array
  encodeHeartbeat(): Uint8Array
  encodeClose(): Uint8Array
}

export interface Session extends AsyncIterable<Frame> {
  readonly shellId: string
  readonly sessionId: string
  readonly reconnected: boolean
  readonly kicked: boolean
  readonly bytesDropped: number
  readonly exitCode: number | null
  connect(): Promise<unknown>
  send(data: string | Uint8Array): Promise<void>
  sendHeartbeat(): Promise<void>
  resize(width: unknown, height: unknown): Promise<void>
  close(): Promise<unknown>
}

export interface Client {
  readonly region: string
  generateWsConnection(params: Options): Promise<Connection>
  generatePresignedUrl(params: Options): Promise<string>
  generateWsConnectionOAuth(params: Options): Promise<Connection>
  connectShellSigV4(params: Options): Promise<Connection>
  connectShellPresigned(params: Options): Promise<{ readonly url: string }>
  connectShellOAuth(params: Options): Promise<{ readonly url: string; readonly subprotocols: string[] }>
  openShell(params: Options): Promise<Session>
}

export interface Connection {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
}

/** Members are looked at; their types are what the programs find out. */
export function isRuntime(module: object): module is Runtime {
  return ['ShellFramer', 'ShellSession', 'RuntimeClient'].every(
    (name) => typeof Reflect.get(module, name) === 'function',
  )
}
