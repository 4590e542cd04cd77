import { visibleText } from '@holdfast/protocol/text'
import type { Session } from '../state/session.ts'

/** What the lead wants to know before it goes on. */
export function Questions({ session }: { readonly session: Session }) {
  const mayAnswer = session.parts.role === 'controller'
  return (
    <div class="questions" role="status">
      {session.questions.map((question) => {
        const { title, message } = question.params
        const answer = (granted: boolean): void => {
          session.answer(question, granted)
          // The button goes: the focus must not be lost with it.
          document.getElementById('composer')?.focus()
        }
        return (
          <section key={question.id} class="question" aria-label="Permission">
            <p>
              <strong>{typeof title === 'string' ? visibleText(title) : 'The lead asks'}</strong>{' '}
              {visibleText(typeof message === 'string' ? message : question.method)}
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
        )
      })}
    </div>
  )
}
