/** @jsxImportSource react */
import { HubClient } from '@holdfast/hub'
import { useHubSession } from '@holdfast/react'
import { browserWakeSignals, browserWebSocket } from '@holdfast/transport-browser'
import { type FormEvent, useReducer, useState } from 'react'
import { Doctor } from './doctor.tsx'
import { type Line, withMessage } from './lines.ts'

const NO_LINES: readonly Line[] = []

interface SessionProps {
  readonly hub: string
  readonly sessionId: string
  readonly token: string | undefined
}

/** What is said in a session, and a field to ask its lead for something. */
export function Session({ hub, sessionId, token }: SessionProps) {
  const [lines, add] = useReducer(withMessage, NO_LINES)
  const [answers, answered] = useReducer((list: readonly string[], answer: string) => [...list, answer], [])
  const [draft, write] = useState('')
  const { client, isConnected } = useHubSession(
    () =>
      new HubClient({
        transport: browserWebSocket(),
        signals: browserWakeSignals(),
        url: hub,
        sessionId,
        token,
        role: 'controller',
        onMessage: add,
      }),
    [hub, sessionId, token],
  )

  const ask = (event: FormEvent): void => {
    event.preventDefault()
    write('')
    // Carried over drops: asked once, and answered once.
    client.command('say', draft, { onDrop: 'carry', timeoutMs: 120_000 }).then(
      () => answered(`${draft}: done`),
      (error: Error) => answered(`${draft}: ${error.message}`),
    )
  }

  return (
    <main>
      <Doctor client={client} />
      <ol id="lines">
        {lines.map(({ key, text }) => (
          <li key={key}>{text}</li>
        ))}
      </ol>
      <ul id="answers">
        {answers.map((answer) => (
          <li key={answer}>{answer}</li>
        ))}
      </ul>
      <form onSubmit={ask}>
        <input name="draft" value={draft} onChange={({ target }) => write(target.value)} />
        <button type="submit">{isConnected ? 'Ask' : 'Ask as soon as it is back'}</button>
      </form>
    </main>
  )
}
