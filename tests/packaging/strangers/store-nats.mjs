import { natsLog } from '@holdfast/store-nats'
import { say } from './surroundings.mjs'

const log = natsLog({ servers: ['127.0.0.1:1'] })
await log.opened.catch(({ code }) => say(code))
