import { ReconnectingWebSocket } from '@holdfast/websocket'
import { host, say } from './surroundings.mjs'

const socket = new ReconnectingWebSocket(`ws://${host}/echo`)
let opened = ''
socket.onopen = () => {
  opened = 'open'
}
socket.onmessage = ({ data }) => say(opened, data, socket.readyState)
socket.send('early')
