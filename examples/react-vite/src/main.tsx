/** @jsxImportSource react */
import { StrictMode } from 'react'
import { createRoot } from 'react-dom/client'
import { Session } from './session.tsx'

const place = document.getElementById('root')
if (place === null) throw new Error('The page has no element #root.')
// Behind #, where no server sees it: /#hub=http://127.0.0.1:4477&session=…&token=…
const address = new URLSearchParams(location.hash.slice(1))

createRoot(place).render(
  <StrictMode>
    <Session
      hub={address.get('hub') ?? location.origin}
      sessionId={address.get('session') ?? ''}
      token={address.get('token') ?? undefined}
    />
  </StrictMode>,
)
