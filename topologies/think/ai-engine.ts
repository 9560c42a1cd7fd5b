// One signal after every complete bar, HOLD included: features, four models, one vote each, one verdict.
// It must never let a model vote that is mismatched or has one answer for everything, nor hide that it left.
import type { Config } from '../../schemas/config.ts'
import { aiEngineChangelog, aiSignalGenerated, marketBar, opsAlert } from '../../schemas/topics.ts'
import type {
  AiEngineChangelog,
  AiSignalGenerated,
  MarketBar,
  ModelMemory,
  ModelVote,
} from '../../schemas/types.gen.ts'
import { processor, unchanged } from '../kernel/processor.ts'
import type { Ctx, Emit, Processor } from '../kernel/processor.ts'
import { mostCounted, settleAlert, watchConfidence, watchModel } from './degenerate.ts'
import { decideTogether, normaliseWeights } from './ensemble.ts'
import { emptyFeatureMemory, featureSetHash, updateFeatures } from './features.ts'
import type { Features } from './features.ts'
import { isOpinion } from './model.ts'
import type { Model } from './model.ts'
import { breakout } from './models/breakout.ts'
import { meanReversion } from './models/mean-reversion.ts'
import { orderFlow } from './models/order-flow.ts'
import { trend } from './models/trend.ts'
import { regimeOf } from './regime.ts'

type Context = Ctx<never, never>
type Write = Emit<typeof aiSignalGenerated | typeof opsAlert>

/** The transparent models that need no bundle. */
export const transparentModels: readonly Model[] = [trend, meanReversion, breakout, orderFlow]

/** The engine over an ensemble. Models of bundles are put in here, in place of or beside the transparent ones. */
export function aiEngineWith(models: readonly Model[]): Processor {
  const engine = processor({
    name: 'ai-engine',
    doc: 'Lets the models vote after every complete bar and publishes what they agree on.',
    reads: [marketBar],
    writes: [aiSignalGenerated, opsAlert],
    state: {
      topic: aiEngineChangelog,
      key: (record) => record.key,
      initial: (symbol) => ({
        symbol,
        feature_set_hash: featureSetHash,
        interval_ms: 0,
        bars: 0,
        last_close_at_ms: 0,
        regime: 'NORMAL',
        features: emptyFeatureMemory(),
        models: models.map(freshMemory),
        last_confidence: 0,
        confidence_run_length: 0,
        confidence_alert_raised_at_ms: null,
      }),
    },
    decide(state, record, ctx, emit) {
      const bar = record.value
      if (!bar.complete || bar.interval_ms !== ctx.config.bars.interval_ms) return unchanged
      if (bar.interval_ms === state.interval_ms && bar.open_at_ms < state.last_close_at_ms)
        return unchanged
      matchModels(state, models, ctx, emit)
      if (mustStartAnew(state, bar, ctx.config)) startAnew(state, bar, models)
      const features = updateFeatures(state.features, bar)
      state.bars = Math.min(state.bars + 1, mostCounted)
      state.last_close_at_ms = bar.close_at_ms
      state.regime = regimeOf(features, state.regime)
      const votes = models.map((model, i) =>
        voteOf(model, state.models[i]!, bar, features, ctx.config),
      )
      const watch = watchOf(state, ctx, emit)
      votes.forEach((vote, i) => {
        if (vote.status === 'VOTING' && watchModel(state.models[i]!, vote, watch))
          vote.status = 'DEGENERATE'
      })
      normaliseWeights(votes)
      const signal = signalOf(state, bar, features, votes, ctx)
      if (votes.some((vote) => vote.status === 'VOTING'))
        watchConfidence(state, signal.confidence, watch)
      emit(aiSignalGenerated, signal)
    },
  })
  return engine
}

/** The engine with the transparent models. */
export const aiEngine = aiEngineWith(transparentModels)

function freshMemory(model: Model): ModelMemory {
  return {
    model: model.name,
    version: model.version,
    bars: 0,
    memory: model.initial(),
    last_action: 'HOLD',
    run_length: 0,
    alert_raised_at_ms: null,
  }
}

/** After a change of the ensemble: memories of models that stay are kept, new versions start anew, alerts of removed ones end. */
function matchModels(
  state: AiEngineChangelog,
  models: readonly Model[],
  ctx: Context,
  emit: Write,
): void {
  const before = state.models
  const same = (model: Model, m: ModelMemory | undefined): boolean =>
    m !== undefined && m.model === model.name && m.version === model.version
  if (before.length === models.length && models.every((model, i) => same(model, before[i]))) return
  state.models = models.map((model) => {
    const known = before.find((m) => m.model === model.name)
    if (known !== undefined && same(model, known)) return known
    return { ...freshMemory(model), alert_raised_at_ms: known?.alert_raised_at_ms ?? null }
  })
  for (const gone of before)
    if (!models.some((model) => model.name === gone.model))
      settleAlert(gone.alert_raised_at_ms, false, watchOf(state, ctx, emit), {
        subject: gone.model,
        detail: 'the model left the ensemble',
      })
}

/** Memory of other features, of another interval, or from before a long hole says nothing about this market. */
function mustStartAnew(state: AiEngineChangelog, bar: MarketBar, config: Config): boolean {
  return (
    state.feature_set_hash !== featureSetHash ||
    state.interval_ms !== bar.interval_ms ||
    bar.missing_bars >= config.ai.warm_up_bars
  )
}

function startAnew(state: AiEngineChangelog, bar: MarketBar, models: readonly Model[]): void {
  state.feature_set_hash = featureSetHash
  state.interval_ms = bar.interval_ms
  state.bars = 0
  state.regime = 'NORMAL'
  state.features = emptyFeatureMemory()
  state.models.forEach((memory, i) => {
    memory.bars = 0
    memory.memory = models[i]!.initial()
  })
}

/** Lets one model take the bar and vote; its weight is still as configured. */
function voteOf(
  model: Model,
  memory: ModelMemory,
  bar: MarketBar,
  features: Features,
  config: Config,
): ModelVote {
  const weights: Readonly<Record<string, number>> = config.ai.weights
  const vote: ModelVote = {
    model: model.name,
    version: model.version,
    action: 'HOLD',
    confidence: 0,
    weight: model.weight ?? weights[model.name] ?? 0,
    status: 'MISMATCH',
  }
  if (!fits(model, bar)) return vote
  model.update(bar, features, memory.memory)
  memory.bars = Math.min(memory.bars + 1, mostCounted)
  vote.status = 'WARMING_UP'
  if (memory.bars < Math.max(config.ai.warm_up_bars, model.minimumBars)) return vote
  vote.status = 'OUT'
  const opinion = model.vote(memory.memory)
  if (!isOpinion(opinion)) return vote
  vote.action = opinion.action
  vote.confidence = opinion.confidence
  vote.status = 'VOTING'
  return vote
}

/** Features and interval of a model are those it was made for, or its numbers mean nothing. */
const fits = (model: Model, bar: MarketBar): boolean =>
  model.featureSetHash === featureSetHash &&
  (model.intervalMs === null || model.intervalMs === bar.interval_ms)

const watchOf = ({ symbol }: AiEngineChangelog, { config, nowMs }: Context, emit: Write) => ({
  symbol,
  limit: config.ai.degenerate_after,
  nowMs,
  emit,
})

/** Mean absolute move of a normal random walk, in standard deviations: sqrt(2 / pi). */
const meanAbsoluteMove = Math.sqrt(2 / Math.PI)

function signalOf(
  state: AiEngineChangelog,
  bar: MarketBar,
  features: Features,
  votes: ModelVote[],
  ctx: Context,
): AiSignalGenerated {
  const { ai } = ctx.config
  const verdict = decideTogether(votes, ai)
  const id = ctx.id(0)
  const warm = state.bars >= ai.warm_up_bars
  // What the market moves over the horizon if it only wanders: volatility a bar x sqrt(bars) x sqrt(2 / pi). No model's hope is in it.
  const moveBps = 10_000 * features.volatility * Math.sqrt(ai.horizon_bars) * meanAbsoluteMove
  return {
    signal_id: id,
    correlation_id: id,
    symbol: state.symbol,
    action: verdict.action,
    confidence: verdict.confidence,
    ensemble_confidence: verdict.ensembleConfidence,
    votes,
    consensus: verdict.consensus,
    models: votes.length,
    regime: state.regime,
    atr: warm ? features.atr : null,
    atr_bps: warm ? (10_000 * features.atr) / bar.close : null,
    expected_move_bps: verdict.action === 'HOLD' ? 0 : moveBps,
    horizon_ms: ai.horizon_bars * bar.interval_ms,
    price: bar.close,
    bar_interval_ms: bar.interval_ms,
    bar_open_at_ms: bar.open_at_ms,
    bar_close_at_ms: bar.close_at_ms,
    feature_set_hash: featureSetHash,
    tick_at_ms: bar.tick_at_ms,
  }
}
