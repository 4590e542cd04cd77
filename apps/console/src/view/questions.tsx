import { agentQuestionOf } from '@holdfast/protocol/acp'
import type { HubRpcUiRequestMessage } from '@holdfast/protocol/hub/messages'
import { visibleText } from '@holdfast/protocol/text'
import { fieldsOf } from '../state/entries.ts'
import type { Session } from '../state/session.ts'
import { AGENT } from './agent.tsx'
import { Arguments } from './output.tsx'

/** What the lead wants to know before it continues: one box, however many questions there are, the oldest first. */
export function Questions({ session }: { readonly session: Session }) {
  const mayAnswer = session.parts.role === 'controller'
  const { openQuestions } = session
  const [question] = openQuestions
  const more = openQuestions.length - 1
  const answer = (result: unknown): void => {
    if (question !== undefined) session.answer(question, result)
    // The last button goes: the focus must not be lost with it.
    if (more === 0) document.getElementById('composer')?.focus()
  }
  return (
    <div class="questions" role="status">
      {question !== undefined && (
        <section class="question" aria-label="Permission">
          <p>
            <strong>{visibleText(agentQuestionOf(question.params).title ?? 'The lead asks')}</strong>{' '}
            {wordsOf(question)}
            {more > 0 && (
              <span class="detail more">{more === 1 ? '1 more question waits' : `${more} more questions wait`}</span>
            )}
          </p>
          <Details question={question} />
          {mayAnswer && <Answers key={question.id} question={question} answer={answer} />}
        </section>
      )}
    </div>
  )
}

interface AnswersProps {
  readonly question: HubRpcUiRequestMessage
  readonly answer: (result: unknown) => void
}

/** A button for each way to answer; a form where more is asked. */
function Answers({ question, answer }: AnswersProps) {
  const { form, choices } = agentQuestionOf(question.params)
  if (form !== undefined && choices.length === 0) return <Form schema={form} answer={answer} />
  return (
    <div class="row">
      {choices.length === 0 ? (
        <>
          <button type="button" class="primary" onClick={() => answer(true)}>
            Allow
          </button>
          <button type="button" onClick={() => answer(false)}>
            Deny
          </button>
        </>
      ) : (
        choices.map(({ optionId, name, kind }) => (
          <button
            key={optionId}
            type="button"
            class={kind === 'allow_once' ? 'primary' : undefined}
            onClick={() => answer({ optionId })}
          >
            {visibleText(name)}
          </button>
        ))
      )}
    </div>
  )
}

function Form(props: { readonly schema: unknown; readonly answer: (result: unknown) => void }) {
  const module = AGENT.use()
  return module === undefined ? null : <module.ElicitationForm {...props} />
}

/** What the tool would do. */
function Details({ question }: { readonly question: HubRpcUiRequestMessage }) {
  const { rawInput, changes } = agentQuestionOf(question.params)
  const given = changes.length > 0 ? changes : rawInput === undefined ? [] : [fieldsOf(rawInput)]
  if (given.length === 0) return null
  return (
    <div class="question-details">
      {given.map((one, at) => (
        <Arguments key={at} given={one} />
      ))}
    </div>
  )
}

/** Of an agent the title says it. */
function wordsOf({ params, method }: HubRpcUiRequestMessage): string {
  const { message } = params
  const byDefault = agentQuestionOf(params).hasToolCall ? '' : method
  return visibleText(typeof message === 'string' ? message : byDefault)
}
