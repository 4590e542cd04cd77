// Made from ../../schemas by packages/protocol/generate: change the schemas, and make it anew.
import {
  type Shape,
  anything,
  array,
  count,
  maybeBoolean,
  maybeText,
  number,
  object,
  oneOf,
  optional,
  something,
  text,
  tuple,
} from '@holdfast/contract/shape'
import {
  senderRun,
  sessionRecord,
} from '@holdfast/log/internals'
import type {
  BlobRef,
  Claim,
  IndexEntry,
  KeyEntry,
  LeaseEntry,
  Mark,
  NodeEntry,
  Opening,
  ProducerEntry,
  Remembered,
  SenderEntries,
  SenderEntry,
  StoreLayout,
  StoredEvent,
  StoredRecord,
  WriterNews,
} from './types.ts'

export const blobRef: Shape<BlobRef> = /* @__PURE__ */ object<BlobRef>({
  id: text,
  chunks: count,
})

export const mark: Shape<Mark> = /* @__PURE__ */ object<Mark>({
  epoch: text,
  isRemoved: maybeBoolean,
  first: count,
  last: count,
  total: count,
  trimmed: count,
  anchor: text,
  anchorBefore: text,
  fence: count,
  snapshot: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Mark['snapshot']>>({
    n: count,
    ref: blobRef,
  })),
  memory: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Mark['memory']>>({
    seq: count,
    ref: blobRef,
  })),
  senders: /* @__PURE__ */ optional(/* @__PURE__ */ object<NonNullable<Mark['senders']>>({
    seq: count,
    ref: /* @__PURE__ */ optional(blobRef),
  })),
})

export const producerEntry: Shape<ProducerEntry> = /* @__PURE__ */ tuple<ProducerEntry>(text, count, count, count, count)

export const keyEntry: Shape<KeyEntry> = /* @__PURE__ */ tuple<KeyEntry>(text, number, count, count, maybeText)

export const senderEntry: Shape<SenderEntry> = /* @__PURE__ */ tuple<SenderEntry>(text, count, count, count, count, number, /* @__PURE__ */ oneOf(0, 1), /* @__PURE__ */ array(senderRun))

export const senderEntries: Shape<SenderEntries> = /* @__PURE__ */ array(senderEntry)

export const storedEvent: Shape<StoredEvent> = /* @__PURE__ */ tuple<StoredEvent>(text, text, number, something)

export const remembered: Shape<Remembered> = /* @__PURE__ */ object<Remembered>({
  producers: /* @__PURE__ */ array(producerEntry),
  keys: /* @__PURE__ */ array(keyEntry),
})

export const opening: Shape<Opening> = /* @__PURE__ */ object<Opening>({
  stamp: count,
  record: sessionRecord,
})

export const storedRecord: Shape<StoredRecord> = /* @__PURE__ */ object<StoredRecord>({
  producers: /* @__PURE__ */ array(producerEntry),
  keys: /* @__PURE__ */ array(keyEntry),
  v: count,
  id: text,
  prev: count,
  mark: mark,
  senders: /* @__PURE__ */ optional(/* @__PURE__ */ array(senderEntry)),
  dropped: /* @__PURE__ */ optional(/* @__PURE__ */ array(text)),
  sizes: /* @__PURE__ */ array(count),
  events: /* @__PURE__ */ array(storedEvent),
  opened: /* @__PURE__ */ optional(opening),
})

export const indexEntry: Shape<IndexEntry> = /* @__PURE__ */ object<IndexEntry>({
  stamp: count,
  record: sessionRecord,
})

export const nodeEntry: Shape<NodeEntry> = /* @__PURE__ */ object<NodeEntry>({
  life: text,
})

export const claim: Shape<Claim> = /* @__PURE__ */ object<Claim>({
  key: text,
  node: text,
  life: text,
  value: anything,
})

export const writerNews: Shape<WriterNews> = /* @__PURE__ */ object<WriterNews>({
  by: text,
  seq: /* @__PURE__ */ optional(count),
})

export const leaseEntry: Shape<LeaseEntry> = /* @__PURE__ */ object<LeaseEntry>({
  holder: maybeText,
  until: number,
  fence: /* @__PURE__ */ optional(count),
})

export const storeLayout: Shape<StoreLayout> = /* @__PURE__ */ object<StoreLayout>({
  version: count,
  shards: count,
  replicas: count,
})
