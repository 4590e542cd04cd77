// Made from ../../../store-nats/schemas by packages/protocol/generate: change the schemas, and make it anew.
import type { z } from 'zod'
import type * as types from '../../../store-nats/src/generated/types.ts'
import type * as schemas from '../../../store-nats/schemas/index.ts'
import type { Holds, Same } from '../same.ts'

export type BlobRef = Holds<Same<z.infer<typeof schemas.blobRef>, types.BlobRef>>
export type Mark = Holds<Same<z.infer<typeof schemas.mark>, types.Mark>>
export type ProducerEntry = Holds<Same<z.infer<typeof schemas.producerEntry>, types.ProducerEntry>>
export type KeyEntry = Holds<Same<z.infer<typeof schemas.keyEntry>, types.KeyEntry>>
export type SenderEntry = Holds<Same<z.infer<typeof schemas.senderEntry>, types.SenderEntry>>
export type SenderEntries = Holds<Same<z.infer<typeof schemas.senderEntries>, types.SenderEntries>>
export type StoredEvent = Holds<Same<z.infer<typeof schemas.storedEvent>, types.StoredEvent>>
export type Remembered = Holds<Same<z.infer<typeof schemas.remembered>, types.Remembered>>
export type Opening = Holds<Same<z.infer<typeof schemas.opening>, types.Opening>>
export type StoredRecord = Holds<Same<z.infer<typeof schemas.storedRecord>, types.StoredRecord>>
export type IndexEntry = Holds<Same<z.infer<typeof schemas.indexEntry>, types.IndexEntry>>
export type NodeEntry = Holds<Same<z.infer<typeof schemas.nodeEntry>, types.NodeEntry>>
export type Claim = Holds<Same<z.infer<typeof schemas.claim>, types.Claim>>
export type WriterNews = Holds<Same<z.infer<typeof schemas.writerNews>, types.WriterNews>>
export type LeaseEntry = Holds<Same<z.infer<typeof schemas.leaseEntry>, types.LeaseEntry>>
export type StoreLayout = Holds<Same<z.infer<typeof schemas.storeLayout>, types.StoreLayout>>
