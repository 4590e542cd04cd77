/** @jsxImportSource react */
import { useDoctor } from '@holdfast/react'

/** Where the connection stands, in a sentence that says what happens next. */
export function Doctor({ client }: { readonly client: Parameters<typeof useDoctor>[0] }) {
  const { status, explanation } = useDoctor(client)
  return (
    <p id="doctor" data-state={status.state}>
      {explanation}
    </p>
  )
}
