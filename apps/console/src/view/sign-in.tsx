import { useState } from 'preact/hooks'
import type { App } from '../state/app.ts'

/** Asks for the token where the link had none. */
export function SignIn({ app }: { readonly app: App }) {
  const [token, setToken] = useState('')
  return (
    <main class="sign-in" id="main">
      <h1>
        <span class="logo" aria-hidden="true">
          H
        </span>
        Holdfast
      </h1>
      <form
        onSubmit={(event) => {
          event.preventDefault()
          void app.signIn(token.trim())
        }}
      >
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
        <p role="alert" class="problem">
          {app.problem}
        </p>
      </form>
    </main>
  )
}
