import { openOutbox } from '@holdfast/outbox-indexeddb'

// Made for pages: elsewhere it says so.
await openOutbox({ name: 'messages' }).catch(({ code }) => console.log(code))
