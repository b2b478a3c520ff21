import { screen } from '@testing-library/react'
import { expect, test } from 'vitest'
import { Fields } from '@/panels/inspector/Fields.tsx'
import { get } from '@/store/index.ts'
import { openSmall, show } from './shown.tsx'

const kept = (): unknown => get().design.nodes['container-1']?.['routes']

test('a route counts once it is complete, and stays as it was while it is wrong', async () => {
  openSmall()
  const specs = (get().kinds['container']?.fields ?? []).filter(({ name }) => name === 'routes')
  const person = show(<Fields refs={['nodes/container-1']} specs={specs} />)
  await person.click(screen.getByRole('button', { name: 'Add a route' }))
  const to = screen.getByLabelText('Route 1: to')
  expect(document.activeElement).toBe(to)
  await person.type(to, '10.1.0.0/24')
  await person.tab()
  expect(kept()).toEqual([])
  await person.keyboard('10.0.0.1{Enter}')
  const route = { to: '10.1.0.0/24', via: '10.0.0.1' }
  expect(kept()).toEqual([route])
  await person.clear(to)
  await person.type(to, 'nowhere{Enter}')
  expect(kept()).toEqual([route])
  await person.click(screen.getByRole('button', { name: 'Remove route 1' }))
  expect(kept()).toEqual([])
})
