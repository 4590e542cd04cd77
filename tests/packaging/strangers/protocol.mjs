import { hubClientCodec, hubCloseMeaning, hubWebSocketUrl } from '@holdfast/protocol/hub'
import { say } from './surroundings.mjs'

const url = hubWebSocketUrl('https://hub.example', { sessionId: 's1', role: 'observer' })
say(url, hubClientCodec.decode('{"type":"pong","timestamp":1}').ok, hubCloseMeaning(4409).name)
