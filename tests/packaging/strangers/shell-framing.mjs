import { decodeFrame, encodeFrames, TextDecoders } from '@holdfast/shell-framing'
import { say } from './surroundings.mjs'

const text = new TextDecoders()
const [message] = encodeFrames('stdin', 'a paste of any size')
const { ok, message: frame } = decodeFrame(message)
say(ok, frame.channel, text.decode(0, frame.payload))
