/** The frame of the pages outside the designer: name, where one can go, who one is. */

import { Anchor, Box, Container, Group, Title } from '@mantine/core'
import type { ReactElement, ReactNode } from 'react'
import { Brand, ThemeToggle } from '@/app/Header.tsx'
import { csrfToken } from '@/live/http.ts'

interface Props {
  title: string
  here: 'labs' | 'images' | 'hypervisors'
  actions?: ReactNode
  children: ReactNode
}

export function PageFrame({ title, here, actions, children }: Props): ReactElement {
  return (
    <Box className="tl-page">
      <Box component="header" className="tl-page-head">
        <Container size="lg" h={56} component={Group} style={{ display: 'flex' }}>
          <Group justify="space-between" w="100%" wrap="nowrap">
            <Group className="tl-page-nav" wrap="nowrap" component="nav" aria-label="Main">
              <Brand />
              <Place href="/" current={here === 'labs'}>
                Labs
              </Place>
              <Place href="/images" current={here === 'images'}>
                Images
              </Place>
              <Place href="/hypervisors" current={here === 'hypervisors'}>
                Hypervisors
              </Place>
            </Group>
            <Group gap="sm" wrap="nowrap">
              <ThemeToggle />
              <form method="post" action="/logout">
                <input type="hidden" name="csrfmiddlewaretoken" value={csrfToken()} />
                <Anchor component="button" type="submit" size="sm" c="dimmed" className="tl-sign-out">
                  Sign out
                </Anchor>
              </form>
            </Group>
          </Group>
        </Container>
      </Box>
      <Container size="lg" py="lg" component="main">
        <Group justify="space-between" mb="lg">
          <Title order={1} fz={24}>
            {title}
          </Title>
          {actions}
        </Group>
        {children}
      </Container>
    </Box>
  )
}

function Place(props: { href: string; current: boolean; children: ReactNode }): ReactElement {
  return (
    <Anchor
      href={props.href}
      size="sm"
      fw={props.current ? 600 : 400}
      c={props.current ? undefined : 'dimmed'}
      underline="hover"
      {...(props.current ? { 'aria-current': 'page' as const } : {})}
    >
      {props.children}
    </Anchor>
  )
}
