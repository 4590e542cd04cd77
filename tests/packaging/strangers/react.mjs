import { HubClient } from '@holdfast/hub'
import { useDoctor, useHubSession } from '@holdfast/react'
import { browserWebSocket } from '@holdfast/transport-browser'
import { createElement } from 'react'
import { renderToString } from 'react-dom/server'

function Session() {
  const { client } = useHubSession(
    () => new HubClient({ transport: browserWebSocket(), url: 'http://hub.example', sessionId: 's1' }),
  )
  return createElement('p', null, useDoctor(client).explanation)
}
console.log(renderToString(createElement(Session)))
