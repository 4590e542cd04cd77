import { useState } from 'preact/hooks'
import type { App } from '../state/app.ts'

/** Asks for the token where the link had none, or one that is not taken. */
export function SignIn({ app }: { readonly app: App }) {
  const [token, setToken] = useState('')
  const { problem, isEntering } = app
  return (
    <main class="sign-in" id="main" aria-busy={isEntering}>
      <h1>
        <span class="logo" aria-hidden="true">
          H
        </span>
        Holdfast
      </h1>
      {/* A link brings its token: there is nothing to ask before the gateway has answered. */}
      {(token !== '' || !isEntering || problem !== undefined) && (
        <form
          onSubmit={(event) => {
            event.preventDefault()
            void app.signIn(token.trim())
          }}
        >
          {problem?.title !== undefined && <h2>{problem.title}</h2>}
          <p role="alert" class="problem">
            {problem?.text}
          </p>
          <label for="token">Token</label>
          <input
            id="token"
            type="password"
            autocomplete="current-password"
            required
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
          <p class="hint">The gateway printed it when it started. It is kept in this tab alone.</p>
          <button type="submit" class="primary">
            Sign in
          </button>
        </form>
      )}
    </main>
  )
}
