export { type AgentQuestion, agentQuestionOf, type PermissionOption, permissionOptionsOf } from './agent-question.ts'
export type { AcpWireMessage } from './codec.ts'
export { acpCodec, isAcpFrame, parseAcpWireMessage } from './codec.ts'
export {
  ACP_CLOSE,
  ACP_CONNECTION_HEADER,
  ACP_LIMITS,
  ACP_PATH,
  ACP_SESSION_HEADER,
  acpWebSocketUrl,
  isAcpSessionMethod,
} from './endpoint.ts'
export { type FormField, type FormValue, formFieldsOf, formValueOf } from './form-fields.ts'
export type * from './generated/types.ts'
export {
  acpSessionOf,
  isJsonRpcRequest,
  isJsonRpcResponse,
  JSON_RPC_ERROR,
  jsonRpcFailureOf,
  jsonRpcIdKey,
  jsonRpcRefusalOf,
  parseJsonRpcMessage,
} from './json-rpc.ts'
export { ACP_META_KEY, acpResumeOfferOf, acpResumeRequestOf, withAcpMeta, withoutAcpMeta } from './resume.ts'
