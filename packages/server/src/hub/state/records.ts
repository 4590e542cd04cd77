import { knownIn } from '@holdfast/contract/shape'
import type { LogEvent, SenderMark } from '@holdfast/log'
import { hubRecordKinds } from '../../generated/checks.ts'
import type { HubRecord, SenderNumber } from '../../generated/types.ts'
import type { OnUnfit } from '../../unfit-values.ts'

export type {
  AnswerRecord,
  CallRecord,
  EventRecord,
  FileRecord,
  Hold,
  HubRecord,
  LeadRecord,
  ReachRecord,
  RequestRecord,
  RpcRecord,
  SenderNumber,
} from '../../generated/types.ts'

/** Where an RPC message goes when not to one scope. */
export const TO_DRIVER = 'driver'
export const TO_CONTROLLERS = 'controllers'

/** The record in a log's event; undefined where another program wrote it, or where it does not fit. */
export function readRecord(event: LogEvent, unfit?: OnUnfit): HubRecord | undefined {
  return knownIn(hubRecordKinds, event.payload, unfit, event.n)
}

/** How a record names the message that it is about. */
export function numberOf({ sender }: { readonly sender?: SenderMark | undefined }): SenderNumber | undefined {
  return sender === undefined ? undefined : [sender.id, sender.n, sender.done]
}

/** The name under which a record stands in the log. */
export function logKindOf(record: HubRecord): string {
  return record.t === 'event' ? record.event : `hub.${record.t}`
}

/**
 * The name that a client keeps over processes, of a scope that may name one of its objects: \`{name} {instance}\`.
 * Scopes of earlier versions, of drivers and of endpoints are such names themselves.
 */
export function clientSessionOf(scope: string): string {
  return /^([0-9a-z]+) [\w-]{8,64}$/.exec(scope)?.[1] ?? scope
}
