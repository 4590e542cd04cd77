import type { App } from '../state/app.ts'
import { LastOutage } from './doctor.tsx'
import { useStore } from './use.ts'

/** Where there is no room for the doctor: the one button that a newcomer is to press, and what came of it. */
export function DemoBar({ app }: { readonly app: App }) {
  const { demo, session } = app
  useStore(demo)
  if (demo === undefined || session?.count === undefined) return null
  const { down, up } = session.count
  const hasOutage = session.outages.awaySince !== undefined || session.outages.list.length > 0
  const lost = down.report.missing + up.missing
  const doubled = down.report.doubled + up.doubled
  return (
    <section class="demo-bar" aria-label="Demonstration of outages">
      {hasOutage ? (
        <LastOutage session={session} fault={demo.lastFault} />
      ) : (
        <p>
          Break the network: <strong>{lost}</strong> lost, <strong>{doubled}</strong> doubled
        </p>
      )}
      <button type="button" class="danger" onClick={() => void demo.apply('cut')}>
        Cut now
      </button>
      <button type="button" onClick={() => app.show('doctor')}>
        More
      </button>
    </section>
  )
}
