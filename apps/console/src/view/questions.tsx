import { visibleText } from '@holdfast/protocol/text'
import type { Session } from '../state/session.ts'

/** What the lead wants to know before it goes on: one box, however many questions there are, the oldest first. */
export function Questions({ session }: { readonly session: Session }) {
  const mayAnswer = session.parts.role === 'controller'
  const { openQuestions } = session
  const [question] = openQuestions
  const more = openQuestions.length - 1
  const answer = (granted: boolean): void => {
    if (question !== undefined) session.answer(question, granted)
    // The last button goes: the focus must not be lost with it.
    if (more === 0) document.getElementById('composer')?.focus()
  }
  return (
    <div class="questions" role="status">
      {question !== undefined && (
        <section class="question" aria-label="Permission">
          <p>
            <strong>{titleOf(question.params['title'])}</strong>{' '}
            {visibleText(textIn(question.params['message']) ?? question.method)}
            {more > 0 && (
              <span class="detail more">{more === 1 ? '1 more question waits' : `${more} more questions wait`}</span>
            )}
          </p>
          {mayAnswer && (
            <div class="row">
              <button type="button" class="primary" onClick={() => answer(true)}>
                Allow
              </button>
              <button type="button" onClick={() => answer(false)}>
                Deny
              </button>
            </div>
          )}
        </section>
      )}
    </div>
  )
}

function titleOf(title: unknown): string {
  return visibleText(textIn(title) ?? 'The lead asks')
}

function textIn(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined
}
