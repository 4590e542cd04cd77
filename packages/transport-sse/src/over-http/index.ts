export { OVER_HTTP_TRAITS } from './carried-socket.ts'
export { eventStreamAndPosts } from './event-stream-and-posts.ts'
export { longPoll } from './long-poll.ts'
export type { OverHttpOptions } from './options.ts'
