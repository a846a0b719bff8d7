// Shows one story; only ever served to tests.
import { mount } from 'svelte';
import '../../../src/ui/style/base.css';
import { stories } from './fixtures.ts';
import { lifeStories } from './life.ts';
import { moneyStories } from './money.ts';
import { restStories } from './rest.ts';
import Story from './Story.svelte';

const name = new URLSearchParams(location.search).get('story') ?? '';
const story = { ...stories, ...moneyStories, ...lifeStories, ...restStories }[name];
if (!story) throw new Error(`no story ${name}`);
mount(Story, { target: document.getElementById('app')!, props: { story } });
