import * as z from 'zod'
import { absent, object } from '../../schema-kit.ts'

const version = { jsonrpc: z.literal('2.0') } as const

export const jsonRpcId = z
  .union([z.string(), z.number()])
  .nullable()
  .describe('Names a request for its answer: 0 and the empty text are names too. JSON-RPC 2.0 §4.')

export const jsonRpcError = object({
  code: z.number(),
  message: z.string(),
  data: z.unknown().optional(),
}).describe('Why a request failed. JSON-RPC 2.0 §5.1.')

export const jsonRpcRequest = object({
  ...version,
  id: jsonRpcId,
  method: z.string(),
  params: z.unknown().optional(),
}).describe('Wants an answer with the same `id`. JSON-RPC 2.0 §4.')

export const jsonRpcNotification = object({
  ...version,
  // A request whose id is none is no notification.
  id: absent(),
  method: z.string(),
  params: z.unknown().optional(),
}).describe('Wants no answer. JSON-RPC 2.0 §4.1.')

export const jsonRpcResult = object({ ...version, id: jsonRpcId, result: z.unknown() }).describe(
  'A request was done. JSON-RPC 2.0 §5.',
)

export const jsonRpcFailure = object({ ...version, id: jsonRpcId, error: jsonRpcError }).describe(
  'A request failed. JSON-RPC 2.0 §5.',
)

export const jsonRpcResponse = z.union([jsonRpcResult, jsonRpcFailure]).describe('Answers a request. JSON-RPC 2.0 §5.')

export const jsonRpcMessage = z
  .union([jsonRpcRequest, jsonRpcNotification, jsonRpcResponse])
  .describe('Anything that either side may say, alone: there are no batches. ACP §1.')
