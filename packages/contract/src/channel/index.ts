export type { ChannelBounds, ChannelSocket, DefinedChannel } from './channel-socket.ts'
export { CHANNEL_DEFAULTS } from './channel-socket.ts'
export { isCloseCode } from './close-frame.ts'
export { defineChannel } from './define-channel.ts'
