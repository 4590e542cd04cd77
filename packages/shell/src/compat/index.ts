export { MAX_FRAME_SIZE, ShellChannel, type ShellFrame, ShellFramer } from './frames.ts'
export {
  DEFAULT_PRESIGNED_URL_TIMEOUT,
  DEFAULT_REGION,
  MAX_PRESIGNED_URL_TIMEOUT,
  RuntimeArnSchema,
} from './runtime-arn.ts'
export {
  type ConnectShellOAuthParams,
  type ConnectShellPresignedParams,
  type ConnectShellSigV4Params,
  type GeneratePresignedUrlParams,
  type GenerateWsConnectionOAuthParams,
  type GenerateWsConnectionParams,
  type OpenShellParams,
  RuntimeClient,
  type RuntimeClientConfig,
  type WebSocketConnection,
} from './runtime-client.ts'
export { type ConnectFn, type ReconnectConfig, ShellSession, type ShellSessionOptions } from './shell-session.ts'
