/** What a request is known by. 0 and "" are ids as any other; `null` is one only where the request could not be read. */
export type JsonRpcId = string | number | null

/** A request: answered once. JSON-RPC 2.0 §4. */
export interface JsonRpcRequest {
  readonly jsonrpc: '2.0'
  readonly id: JsonRpcId
  readonly method: string
  readonly params?: unknown
}

/** A notification: never answered. JSON-RPC 2.0 §4.1. */
export interface JsonRpcNotification {
  readonly jsonrpc: '2.0'
  readonly method: string
  readonly params?: unknown
}

/** What went wrong. JSON-RPC 2.0 §5.1. */
export interface JsonRpcError {
  readonly code: number
  readonly message: string
  readonly data?: unknown
}

/** The answer to a request: a result, or an error. JSON-RPC 2.0 §5. */
export type JsonRpcResponse =
  | { readonly jsonrpc: '2.0'; readonly id: JsonRpcId; readonly result: unknown }
  | { readonly jsonrpc: '2.0'; readonly id: JsonRpcId; readonly error: JsonRpcError }

/** One message of a JSON-RPC connection. ACP has no batches. */
export type JsonRpcMessage = JsonRpcRequest | JsonRpcNotification | JsonRpcResponse
