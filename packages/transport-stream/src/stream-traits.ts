import type { ChannelTraits } from '@holdfast/contract'

/** What a stream of bytes can do. Frames that come are pieces of it, with no regard to messages: a codec for streams cuts them. */
export const STREAM_TRAITS: ChannelTraits = { binary: true, ping: false, pause: true, requestHeaders: false }
