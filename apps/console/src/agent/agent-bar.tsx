import type { AgentChoice, PlanEntry } from '../state/agent/agent-state.ts'
import type { Session } from '../state/session.ts'

/** What an agent plans, how full its memory is, and what can be chosen of it. */
export function AgentBar({ session }: { readonly session: Session }) {
  const { plan, usage, choices } = session.agent
  const mayChoose = session.parts.role === 'controller'
  if (plan.length === 0 && usage === undefined && choices.length === 0) return null
  return (
    <section class="agent-bar" aria-label="Agent">
      {plan.length > 0 && <Plan entries={plan} />}
      {choices.map((choice) => (
        <Choice key={choice.configId ?? ''} choice={choice} session={session} isDisabled={!mayChoose} />
      ))}
      {usage !== undefined && <Usage used={usage.used} size={usage.size} />}
    </section>
  )
}

const MARKS: Readonly<Record<string, string>> = { completed: '☑', in_progress: '▸' }
const WORDS: Readonly<Record<string, string>> = { completed: 'done', in_progress: 'under way' }

function Plan({ entries }: { readonly entries: readonly PlanEntry[] }) {
  const done = entries.filter(({ status }) => status === 'completed').length
  return (
    <details class="plan" open>
      <summary>
        Plan: {done} of {entries.length} done
      </summary>
      <ul class="plain">
        {entries.map(({ content, status }, at) => (
          <li key={at} class={status}>
            <span aria-hidden="true">{MARKS[status] ?? '☐'}</span> {content}
            <span class="hidden">({WORDS[status] ?? 'to do'})</span>
          </li>
        ))}
      </ul>
    </details>
  )
}

interface ChoiceProps {
  readonly choice: AgentChoice
  readonly session: Session
  readonly isDisabled: boolean
}

function Choice({ choice, session, isDisabled }: ChoiceProps) {
  const { name, current, values } = choice
  return (
    <label class="choice">
      {name}
      <select
        value={current}
        disabled={isDisabled}
        onChange={(event) => void session.control.choose(choice, event.currentTarget.value)}
      >
        {values.map((one) => (
          <option key={one.value} value={one.value}>
            {one.name}
          </option>
        ))}
      </select>
    </label>
  )
}

function Usage({ used, size }: { readonly used: number; readonly size: number }) {
  const words = `${used.toLocaleString()} of ${size.toLocaleString()} tokens`
  return (
    <label class="usage">
      <meter value={used} max={size} />
      <span class="detail">{words}</span>
    </label>
  )
}
