import * as z from 'zod'
import { anyMembers, fields, object, outline } from '../../schema-kit.ts'

export const sessionPermissionRequest = object({
  subtype: z.literal('can_use_tool'),
  tool_name: z.string(),
  input: fields(),
  tool_use_id: z.string().optional(),
}).describe("May the tool be used? The answer's `response` is a {@link SessionPermissionAnswer}. Sessions §1.")

export const sessionInterruptRequest = object({ subtype: z.literal('interrupt') }).describe('Stop what is running.')

export const sessionSetPermissionModeRequest = object({
  subtype: z.literal('set_permission_mode'),
  mode: z.string(),
}).describe('Change how permissions are asked for.')

export const sessionSetModelRequest = object({
  subtype: z.literal('set_model'),
  model: z.string().nullish(),
}).describe('Change the model; absent or `null`: the default one.')

export const sessionInitializeRequest = object({ subtype: z.literal('initialize') }).describe('Begin.')

const otherRequest = anyMembers({ subtype: z.string() })

export const sessionControlInner = outline(
  otherRequest,
  z.union([
    sessionPermissionRequest,
    sessionInterruptRequest,
    sessionSetPermissionModeRequest,
    sessionSetModelRequest,
    sessionInitializeRequest,
    otherRequest,
  ]),
).describe('The content of a control request. The set is open: other subtypes pass with their own members.')

const allow = object({ behavior: z.literal('allow'), updatedInput: fields().optional() })
const deny = object({ behavior: z.literal('deny'), message: z.string(), interrupt: z.boolean().optional() })

export const sessionPermissionAnswer = z
  .discriminatedUnion('behavior', [allow, deny])
  .describe('The answer to a permission prompt.')

export const sessionControlRequest = object({
  type: z.literal('control_request'),
  request_id: z.string(),
  request: sessionControlInner,
}).describe('Asks the other side; answered by a response with the same `request_id`. Sessions §1.')

const success = object({ subtype: z.literal('success'), request_id: z.string(), response: fields().optional() })
const failure = object({ subtype: z.literal('error'), request_id: z.string(), error: z.string() })

export const sessionControlResult = z
  .discriminatedUnion('subtype', [success, failure])
  .describe("The answer's two forms. Sessions §1.")

export const sessionControlResponse = object({
  type: z.literal('control_response'),
  response: sessionControlResult,
}).describe('Answers a request. Sessions §1.')

export const sessionControlCancel = object({
  type: z.literal('control_cancel_request'),
  request_id: z.string(),
}).describe('The sender no longer wants the answer. Sessions §1.')

export const sessionControlMessage = z
  .discriminatedUnion('type', [sessionControlRequest, sessionControlResponse, sessionControlCancel])
  .describe('Asks, answers or takes back a question. Sessions §1.')
