import { expect, test } from 'vitest'
import { routeOf } from '@/app/routes.ts'
import { age } from '@/app/Banners.tsx'

test('addresses', () => {
  expect(routeOf('/')).toEqual({ page: 'labs' })
  expect(routeOf('/hypervisors/')).toEqual({ page: 'hypervisors' })
  expect(routeOf('/labs/0f0e-1')).toEqual({ page: 'lab', id: '0f0e-1' })
  expect(routeOf('/labs/0f0e-1/console/vm%201', '?kind=graphics')).toEqual({
    page: 'console', id: '0f0e-1', node: 'vm 1', kind: 'graphics',
  })
  expect(routeOf('/labs/0f0e-1/console/vm1')).toMatchObject({ node: 'vm1', kind: 'serial' })
  expect(routeOf('/admin/')).toEqual({ page: 'nothing' })
})

test('ages in words', () => {
  expect([5, 89, 300, 7200].map(age)).toEqual(['5 s', '89 s', '5 min', '2 h'])
})
