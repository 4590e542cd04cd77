import { explain, explainRecord, type FlightRecord } from '@holdfast/core'
import type { App } from '../state/app.ts'
import type { Demo, Fault } from '../state/demo.ts'
import type { Session } from '../state/session.ts'
import type { Shell } from '../state/shells/shell.ts'
import { FirstSteps } from './first-steps.tsx'
import { clock, duration, plural } from './format.ts'
import { outageWords } from './outage-line.tsx'
import { useEvery, useStore } from './use.ts'

/** One connection, as the doctor looks at it. */
interface ConnectionReport {
  readonly name: string
  readonly words: string
  readonly isWell: boolean
  readonly facts: readonly (readonly [string, string | number])[]
  readonly history: readonly FlightRecord[]
  readonly now: number
}

const TIMELINE = 12

/** Says of every connection how it is, why, and what comes next; in a demonstration, also breaks them. */
export function Doctor({ app }: { readonly app: App }) {
  useStore(app.demo)
  useEvery(500)
  const { session, shells, demo, view } = app
  // What is seen in the middle comes first.
  const current = view === 'shells' ? shells?.current : undefined
  const names = shells?.names
  return (
    <section class="panel doctor" aria-labelledby="doctor-title">
      <h2 id="doctor-title">Connection doctor</h2>
      {demo !== undefined && <Trouble demo={demo} session={session} />}
      {current !== undefined && <ReportTable key={current.id} patient={shellPatient(current, names)} />}
      {session !== undefined && <ReportTable patient={sessionPatient(session)} />}
      {shells?.list.map(
        (shell) => shell !== current && <ReportTable key={shell.id} patient={shellPatient(shell, names)} />,
      )}
      {session === undefined && (shells?.list.length ?? 0) === 0 && <p class="hint">No connection is open.</p>}
    </section>
  )
}

function sessionPatient(session: Session): ConnectionReport {
  const { connection, metrics } = session.client
  const { rttP50, rttP95, queued, unconfirmed, gaps, dials, opens, inDoubt, invalidFrames } = metrics
  const most = rttP95 === undefined ? '' : `, 95 % under ${duration(rttP95)}`
  return {
    name: `Session (${session.parts.role})`,
    words: explain(connection),
    isWell: connection.state === 'open',
    facts: [
      ['Round trip', roundTrip(rttP50) + most],
      ['Waiting to be sent', queued],
      ['Unacknowledged', unconfirmed],
      ['In doubt', inDoubt],
      ['Replayed after drops', session.replayed],
      ['Duplicates dropped', session.transport.duplicates],
      ['Gaps', gaps],
      ['Unreadable frames', invalidFrames],
      ['Dials, of which opened', `${dials}, ${opens}`],
    ],
    history: connection.history,
    now: connection.now(),
  }
}

function shellPatient(shell: Shell, names: ReadonlyMap<string, string> | undefined): ConnectionReport {
  const { session } = shell
  return {
    name: names?.get(shell.id) ?? shell.name,
    words: shell.explain(),
    isWell: session.status.state === 'open',
    facts: [
      ['Round trip', roundTrip(session.metrics.rttP50)],
      ['Unacknowledged input', plural(session.unacknowledgedBytes, 'byte')],
      ['Output', plural(shell.bytes, 'byte')],
      ['Drops', shell.outages.list.length],
      ['Gaps', shell.gaps],
      ['After a drop', session.resume === 'exact' ? 'goes on exactly' : 'output may repeat'],
    ],
    history: shell.history,
    now: performance.now(),
  }
}

function roundTrip(ms: number | undefined): string {
  return ms === undefined ? 'not measured yet' : duration(ms)
}

function ReportTable({ patient }: { readonly patient: ConnectionReport }) {
  const { name, words, isWell, facts, history, now } = patient
  const recent = history.slice(-TIMELINE).reverse()
  return (
    <section class="chart" aria-label={name}>
      <h3>
        <span class={`dot ${isWell ? 'running' : 'paused'}`} aria-hidden="true" /> {name}
      </h3>
      <p class="words">{words}</p>
      <dl>
        {facts.map(([term, value]) => (
          <div key={term}>
            <dt>{term}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <details>
        <summary>Timeline</summary>
        <ol class="plain timeline">
          {recent.map((record) => (
            <li key={`${record.at} ${explainRecord(record)}`}>
              <span class="detail">{duration(now - record.at)} ago</span> {explainRecord(record)}
            </li>
          ))}
        </ol>
      </details>
    </section>
  )
}

const BUTTONS: readonly { readonly fault: Fault; readonly name: string; readonly does: string }[] = [
  { fault: 'cut', name: 'Cut', does: 'every connection is reset, once' },
  { fault: 'half-open', name: 'Go half-open', does: 'all is swallowed and neither end notices, until you heal it' },
  { fault: 'slow', name: 'Slow', does: 'each byte is late, and few pass at a time, until you heal it' },
  { fault: 'refuse', name: 'Refuse', does: 'the port is closed, until you heal it' },
  { fault: 'heal', name: 'Heal', does: 'the network is well again' },
]

function Trouble({ demo, session }: { readonly demo: Demo; readonly session: Session | undefined }) {
  return (
    <section class="trouble" aria-label="Break the network">
      <h3>Break the network</h3>
      <FirstSteps demo={demo} session={session} />
      <div class="faults">
        {BUTTONS.map(({ fault, name, does }) => (
          <button
            key={fault}
            type="button"
            title={does}
            class={fault === 'heal' ? 'heal' : 'danger'}
            aria-pressed={fault === 'cut' || fault === 'heal' ? undefined : demo.fault === fault}
            onClick={() => void demo.apply(fault)}
          >
            {name}
          </button>
        ))}
      </div>
      <p class={`fault-now${demo.fault === undefined ? '' : ' broken'}`} role="status">
        {demo.isThere
          ? (BUTTONS.find(({ fault }) => fault === demo.fault)?.does ?? 'The network is well.')
          : 'The demonstration has ended.'}
      </p>
      <LastOutage session={session} fault={demo.lastFault} />
      {session?.count !== undefined && <Count session={session} />}
    </section>
  )
}

interface LastOutageProps {
  readonly session: Session | undefined
  /** What was done to the network, where it was done here. */
  readonly fault: Fault | undefined
}

/** What the newest fault did to this page's session, as soon as it is over. */
export function LastOutage({ session, fault }: LastOutageProps) {
  const { awaySince, list } = session?.outages ?? {}
  const last = list?.at(-1)
  const what = fault === 'cut' ? 'Cut at' : 'Broken at'
  const words =
    awaySince !== undefined
      ? `${what} ${clock(awaySince)}: it is coming back …`
      : last === undefined
        ? ''
        : `${what} ${clock(last.beganAt)}: ${outageWords(last)}.`
  return <p class="last-outage">{words}</p>
}

/** Numbers both ways. What is on the way is neither here nor lost. */
function Count({ session }: { readonly session: Session }) {
  const { count } = session
  if (count === undefined) return null
  const down = count.down.report
  const { up, sent } = count
  return (
    <table class="tally" data-testid="tally">
      <caption>Messages since this page was opened</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">sent</th>
          <th scope="col">received</th>
          <th scope="col">lost</th>
          <th scope="col">doubled</th>
        </tr>
      </thead>
      <tbody>
        <tr>
          <th scope="row">lead → you</th>
          <td>{down.received + down.missing}</td>
          <td>{down.received}</td>
          <Wrong count={down.missing} />
          <Wrong count={down.doubled} />
        </tr>
        <tr>
          <th scope="row">you → lead</th>
          <td>{sent}</td>
          <td>{up.received}</td>
          <Wrong count={up.missing} />
          <Wrong count={up.doubled} />
        </tr>
      </tbody>
    </table>
  )
}

/** A number that has to be zero. */
function Wrong({ count }: { readonly count: number }) {
  return <td class={count === 0 ? 'exact' : 'inexact'}>{count}</td>
}
