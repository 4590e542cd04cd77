import type { StreamStats } from '@holdfast/streams'
import { Counter, Gauge, type Registry } from 'prom-client'

type Totals<Label extends string> = readonly (readonly [labels: Partial<Record<Label, string>>, value: number])[]

/** Adds the counters of streams to the gateway's own registry. No label names a stream, a session or a person. */
export function registerStreamMetrics(registry: Registry, read: () => StreamStats): void {
  const registers = [registry]
  const total = <Label extends string>(
    name: string,
    help: string,
    labelNames: readonly Label[],
    values: (stats: StreamStats) => Totals<Label>,
  ): Counter<Label> =>
    new Counter({
      ...{ name: `holdfast_streams_${name}_total`, help, labelNames, registers },
      collect() {
        this.reset()
        for (const [labels, value] of values(read())) this.inc({ ...labels }, value)
      },
    })
  const gauge = (name: string, help: string, value: (stats: StreamStats) => number): Gauge =>
    new Gauge({
      ...{ name: `holdfast_streams_${name}`, help, registers },
      collect() {
        this.set(value(read()))
      },
    })
  total('appends', 'Appends, by whether they were there before', ['outcome'], (stats) => [
    [{ outcome: 'written' }, stats.appendsWritten],
    [{ outcome: 'known' }, stats.appendsKnown],
  ])
  total('appended_bytes', 'Bytes of bodies that were appended', [], (stats) => [[{}, stats.appendedBytes]])
  total('reads', 'Reads by kind', ['kind'], (stats) => Object.entries(stats.reads).map(([kind, n]) => [{ kind }, n]))
  total('read_bytes', 'Bytes of bodies that were answered', [], (stats) => [[{}, stats.readBytes]])
  total('not_modified', 'Reads answered with 304', [], (stats) => [[{}, stats.notModified]])
  total('pages', 'Pages by where they came from', ['from'], (stats) => [
    [{ from: 'memory' }, stats.pagesFromMemory],
    [{ from: 'log' }, stats.pagesFromLog],
  ])
  total('refusals', 'Refusals by code', ['code'], (stats) =>
    Object.entries(stats.refusals).map(([code, n]) => [{ code }, n]),
  )
  gauge('open', 'Streams and sessions in memory', (stats) => stats.open)
  gauge('long_polls', 'Long polls that wait', (stats) => stats.longPolls)
  gauge('event_streams', 'Open event streams', (stats) => stats.eventStreams)
  gauge('page_bytes', 'Bytes of pages in memory', (stats) => stats.pageBytes)
}
