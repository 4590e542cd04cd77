/** For those who write the client of a protocol: parts that many wires need, and what failures mean. */

export type { DeliveryMark, DeliveryRules, ForApp, Phase } from './client-protocol.ts'
export { type Arrival, Cursor, type Position } from './delivery/cursor.ts'
export { DedupWindow } from './delivery/dedup-window.ts'
export { Inbox, type StreamSource } from './delivery/inbound/inbox.ts'
export type { Readable, StreamReader } from './delivery/inbound/streams.ts'
export { OpenQuestions } from './delivery/open-questions.ts'
export { ReplayBuffer } from './delivery/replay-buffer.ts'
export type { CheckedAskOptions, RequestLink, RequestRules } from './delivery/requests.ts'
export { type Meaning, meaningOf, mistakeIn, saysWhy } from './retry/retry-policy.ts'
export { defaultRetryPolicy, type RetryPolicyRules, retryPolicyBy } from './retry-decision.ts'
export { IdPool } from './support/id-pool.ts'
export { InOrder } from './support/in-order.ts'
