/** Cables that are drawn in one way and plugged in the other, and the one click between them. */

import type { ReactElement } from 'react'
import { Button, Text } from '@mantine/core'
import { Icon } from '@/icons/index.tsx'
import { actions, setUi, useStore, useUnapplied } from '@/store/index.ts'

const cables = (count: number): string => (count === 1 ? 'cable' : `${count} cables`)

export function PlugBar(): ReactElement | null {
  const { unplug, plugIn } = useUnapplied()
  const working = useStore(({ deployment }) =>
    ['planning', 'planned', 'applying'].includes(deployment?.state ?? ''),
  )
  const errors = useStore((state) => state.findings.some((one) => one.severity === 'error'))
  const live = useStore((state) => state.connection === 'live')
  if (unplug + plugIn === 0) return null
  const words = [
    unplug > 0 ? `Unplug ${unplug === 1 ? 'the cable' : cables(unplug)}` : '',
    plugIn > 0 ? `plug ${plugIn === 1 ? 'the cable' : cables(plugIn)} in` : '',
  ]
    .filter(Boolean)
    .join(' and ')
  return (
    <div className="tl-bar tl-plug-bar" role="group" aria-label="Cables" data-testid="plug-bar">
      <Icon name={unplug > 0 ? 'unplugged' : 'plugged'} size={17} />
      <Text size="xs" fw={600}>
        {words.charAt(0).toUpperCase() + words.slice(1)} on the running lab?
      </Text>
      <Button
        size="compact-sm"
        loading={working}
        disabled={!live}
        onClick={() => {
          if (errors) setUi({ right: 'findings', rightOpen: true })
          else void actions.deploy('deploy')
        }}
      >
        {errors ? 'Show errors' : 'Deploy'}
      </Button>
    </div>
  )
}
