import { jsonText, OpenError, redactUrl } from '@holdfast/contract'
import { say } from './surroundings.mjs'

const codec = jsonText()
const error = new OpenError('no')
say(codec.decode(codec.encode({ n: 1 })).message, error.code, redactUrl('ws://ann:secret@host/?token=secret'))
