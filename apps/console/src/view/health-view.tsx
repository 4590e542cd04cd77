import type { GatewayOverview } from '@holdfast/protocol/hub/rest'
import { useEffect } from 'preact/hooks'
import type { Health, Rates } from '../state/health.ts'
import { ConfirmButton } from './confirm-button.tsx'
import { clock, duration, plural, size } from './format.ts'
import { doesWhat, principalWords, transportWords } from './people.tsx'
import { useEvery, useStore } from './use.ts'

/** The health of the gateway, for its operators. The last figures stay while it does not answer. */
export function HealthView({ health }: { readonly health: Health }) {
  useStore(health)
  useEffect(() => health.watch(), [health])
  const { overview, rates, problem, refusal } = health
  const isOld = problem !== undefined && overview !== undefined
  return (
    <section class="panel health" aria-labelledby="health-title">
      <header class="panel-top">
        <h2 id="health-title">Health of the gateway</h2>
        {overview !== undefined && <Drain health={health} overview={overview} />}
      </header>
      <p role="status" class="problem">
        {refusal} {problem}
        {isOld && <Age health={health} />}
      </p>
      {overview !== undefined && (
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a box that scrolls must be reachable with the keyboard
        <section class={`health-body${isOld ? ' stale' : ''}`} tabIndex={0} aria-label="Overview">
          <Numbers overview={overview} rates={isOld ? undefined : rates} />
          <Connections health={health} overview={overview} />
          <Refusals overview={overview} />
        </section>
      )}
    </section>
  )
}

/** How old the figures are. What changes every second is hidden from screen readers. */
function Age({ health }: { readonly health: Health }) {
  useEvery(1_000)
  return (
    <span aria-hidden="true"> These are its last figures, {duration(performance.now() - health.measuredAt)} old.</span>
  )
}

function Numbers({ overview, rates }: { readonly overview: GatewayOverview; readonly rates: Rates | undefined }) {
  const { store, nodes, status, startedAt } = overview
  const rate = (value: number | undefined, unit: (value: number) => string): string =>
    value === undefined ? '…' : `${unit(value)}/s`
  const whole = (value: number): string => (value < 10 ? value.toFixed(1) : Math.round(value).toLocaleString())
  const facts: readonly (readonly [name: string, value: string, isBad?: boolean])[] = [
    ['State', `${status}, since ${clock(startedAt)}`, status !== 'ready'],
    ['Store', `${store.kind}: ${store.ok ? 'well' : (store.reason ?? 'failing')}`, !store.ok],
    ['Damaged sessions', String(store.damagedSessions), store.damagedSessions > 0],
    ['Connections', overview.connections.toLocaleString()],
    ['Sessions in memory', overview.sessions.toLocaleString()],
    ['Agents that lead', overview.leads.toLocaleString()],
    [
      'Shells',
      overview.shells === undefined ? 'off' : `${overview.shells}, ${plural(overview.shellClients ?? 0, 'client')}`,
    ],
    [
      'Streams',
      overview.streams === undefined
        ? 'off'
        : `${overview.streams}, ${plural(overview.streamReaders ?? 0, 'reader')} waiting`,
    ],
    ['Appends to streams', (overview.streamAppends ?? 0).toLocaleString()],
    ['Refused at streams', (overview.streamRefusals ?? 0).toLocaleString()],
    ['Messages in', rate(rates?.messagesIn, whole)],
    ['Messages out', rate(rates?.messagesOut, whole)],
    ['Bytes in', rate(rates?.bytesIn, (value) => size(Math.round(value)))],
    ['Bytes out', rate(rates?.bytesOut, (value) => size(Math.round(value)))],
    ['Not taken by readers', size(overview.bufferedBytes)],
    ['Gaps', overview.gaps.toLocaleString()],
    ['Memory', size(overview.memoryBytes)],
    ['Nodes', nodes.map(({ node }) => node).join(', ')],
  ]
  return (
    <dl class="numbers">
      {facts.map(([name, value, isBad]) => (
        <div key={name} class={isBad === true ? 'bad' : undefined}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

function Connections({ health, overview }: { readonly health: Health; readonly overview: GatewayOverview }) {
  const { slowest, connections } = overview
  return (
    <>
      <h3>Connections{slowest.length < connections ? `: the ${slowest.length} slowest` : ''}</h3>
      {slowest.length === 0 ? (
        <p class="hint">Nobody is connected.</p>
      ) : (
        <table class="wide">
          <thead>
            <tr>
              <th scope="col">Who</th>
              <th scope="col">Session</th>
              <th scope="col">Since</th>
              <th scope="col">Not taken</th>
              <th scope="col">Behind</th>
              <th scope="col">
                <span class="hidden">What can be done</span>
              </th>
            </tr>
          </thead>
          <tbody>
            {slowest.map((one) => (
              <tr key={one.id} class={one.bufferedBytes > 0 || one.behindEvents > 0 ? 'slow' : undefined}>
                <td>
                  {principalWords(one.principal)}{' '}
                  <span class="detail">{`${doesWhat(one.role)} over ${transportWords(one.transport)}`}</span>
                </td>
                <td>{one.sessionId}</td>
                <td>{clock(one.connectedAt)}</td>
                <td>{size(one.bufferedBytes)}</td>
                <td>{plural(one.behindEvents, 'event')}</td>
                <td>
                  <button type="button" class="danger" onClick={() => void health.disconnect(one.id)}>
                    End<span class="hidden"> connection {one.id}</span>
                  </button>
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  )
}

function Refusals({ overview: { recentRefusals, refusals } }: { readonly overview: GatewayOverview }) {
  return (
    <>
      <h3>Refused lately ({refusals.toLocaleString()} since the start)</h3>
      {recentRefusals.length === 0 ? (
        <p class="hint">Nobody was refused.</p>
      ) : (
        <ul class="plain refusals">
          {recentRefusals.map(({ at, code, reason, count }) => (
            <li key={`${at} ${code}`}>
              <time dateTime={new Date(at).toISOString()}>{clock(at)}</time> {reason}{' '}
              <span class="detail">
                {code}
                {count > 1 && `, ${count.toLocaleString()} times`}
              </span>
            </li>
          ))}
        </ul>
      )}
    </>
  )
}

/** Asks before everybody is sent elsewhere. */
function Drain({
  health,
  overview: { node, connections },
}: {
  readonly health: Health
  readonly overview: GatewayOverview
}) {
  return (
    <ConfirmButton
      button="Drain …"
      title={`Drain ${node}?`}
      no="Let it run"
      yes="Drain it"
      run={() => void health.drain()}
    >
      Nobody new is let in, {plural(connections, 'client')} {connections === 1 ? 'is' : 'are'} asked to come back
      elsewhere, and this gateway ends. Nothing is lost: sessions are in the store.
    </ConfirmButton>
  )
}
