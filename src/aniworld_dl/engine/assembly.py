"""Puts the parts of an engine together, in the order in which they need each other."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from aniworld_dl.access import Access, Trail
from aniworld_dl.access.records import DatabaseRecords
from aniworld_dl.clock import SystemClock
from aniworld_dl.config import DEFAULT_MAX_CONCURRENT_DOWNLOADS, RUNTIME_SETTINGS, changed_settings
from aniworld_dl.engine.actions import Actions
from aniworld_dl.engine.engine import META_QUEUE_PAUSED, META_SETTINGS, Engine
from aniworld_dl.engine.overview import Overview, Sights
from aniworld_dl.engine.parts import Parts
from aniworld_dl.engine.planner import Planner
from aniworld_dl.engine.tuning import make_tuner
from aniworld_dl.engine.versions import Versions
from aniworld_dl.ffmpeg import find_ffmpeg, look_for_ffmpeg
from aniworld_dl.folders import prepare_folder, sole_owner
from aniworld_dl.limits import Limiter, Throttle
from aniworld_dl.media.assemble import Workbench
from aniworld_dl.media.shelf.naming import layout_of
from aniworld_dl.net.client import HttpClient
from aniworld_dl.net.errand import Errands
from aniworld_dl.notices.courier import Courier
from aniworld_dl.notices.outbox import Outbox
from aniworld_dl.notices.senders import Means
from aniworld_dl.providers.child.nursery import Nursery
from aniworld_dl.providers.child.rules import Rules
from aniworld_dl.providers.registry import Registry
from aniworld_dl.queue.closures import Closures
from aniworld_dl.queue.core import Core, Ground, make_core
from aniworld_dl.queue.disk import Disk
from aniworld_dl.queue.events import Hub
from aniworld_dl.queue.examination import DATABASE_FILE
from aniworld_dl.queue.exchange import Exchange
from aniworld_dl.queue.expander import Expander
from aniworld_dl.queue.folder_watch import FolderWatch
from aniworld_dl.queue.history import History
from aniworld_dl.queue.placement import Placement
from aniworld_dl.queue.posters import Posters
from aniworld_dl.queue.runner import make_runner
from aniworld_dl.queue.schedule import Schedule
from aniworld_dl.queue.segments import Segments
from aniworld_dl.queue.source_book import SourceBook
from aniworld_dl.queue.sqlite import SqliteStore
from aniworld_dl.queue.throttles import Throttles
from aniworld_dl.queue.throughput import Throughput
from aniworld_dl.queue.tools import Tools
from aniworld_dl.queue.watching import Watching
from aniworld_dl.subscriptions.subscriptions import make_subscriptions
from aniworld_dl.telemetry import open_telemetry

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection

    from aniworld_dl.clock import Clock
    from aniworld_dl.config import Settings
    from aniworld_dl.ffmpeg import Ffmpeg
    from aniworld_dl.net.guard import Resolver
    from aniworld_dl.queue.runner import EpisodeRunner
    from aniworld_dl.queue.store import Store
    from aniworld_dl.telemetry.traces import Telemetry

NOTICES_FOLDER: Final = "notices"
"""Where, in the data folder, hooks are run."""
CHILDREN_FOLDER: Final = "providers"
"""Where, in the data folder, the child processes of providers have their homes."""


@asynccontextmanager
async def open_engine(
    settings: Settings,
    *,
    clock: Clock | None = None,
    trusted_endpoints: Collection[tuple[str, int]] = (),
    keep_queue: bool = True,
    processing: bool = True,
    resolver: Resolver | None = None,
    ca_pem: bytes | None = None,
) -> AsyncIterator[Engine]:
    """Open the engine and close it at the end of the block.

    `trusted_endpoints` are (address, port) pairs that may be downloaded from although they are not public. Without
    `keep_queue` the queue ends with the block; what was downloaded in part is found
    again all the same. Without `processing` nothing starts before `start_processing`. `resolver` looks host names up in
    place of the system; `ca_pem` is trusted besides the usual authorities.

    Raises:
        FolderDeniedError: a folder cannot be written.
        FolderInUseError: another process owns the data folder.
        FfmpegMissingError: there is no usable ffmpeg.
        StorageError: the database cannot be opened.
    """
    look_for_ffmpeg(settings.ffmpeg)
    async with AsyncExitStack() as stack:
        layout_of(settings.naming_template, settings.film_template)
        await asyncio.to_thread(prepare_folder, settings.download_dir)
        if keep_queue:
            await asyncio.to_thread(prepare_folder, settings.data_dir)
            stack.enter_context(sole_owner(settings.data_dir))
        store = await SqliteStore.open(settings.data_dir / DATABASE_FILE if keep_queue else None)
        stack.push_async_callback(store.aclose)
        configured, settings = settings, await _with_kept_settings(settings, store)
        clock = clock or SystemClock()
        client = HttpClient(settings, clock, trusted_endpoints=trusted_endpoints, resolver=resolver, ca_pem=ca_pem)
        http = await stack.enter_async_context(client)
        rules = Rules(
            allowed_networks=tuple(settings.allowed_private_networks), trusted_endpoints=tuple(trusted_endpoints)
        )
        registry = _registry(settings, http, rules)
        stack.push_async_callback(registry.aclose)
        telemetry = await stack.enter_async_context(open_telemetry(settings))
        courier = await _courier(settings, store, clock, rules, keep_queue=keep_queue)
        ffmpeg = await asyncio.to_thread(find_ffmpeg, settings.ffmpeg)
        if not keep_queue:
            ffmpeg = replace(ffmpeg, niceness=0)  # whoever waits for this queue alone waits for ffmpeg too
        engine = await _assemble(
            settings, configured, store, http, registry, courier=courier, ffmpeg=ffmpeg, telemetry=telemetry
        )
        stack.push_async_callback(engine.aclose)
        await engine.start()
        if processing:
            await engine.start_processing()
        yield engine


def _registry(settings: Settings, http: HttpClient, rules: Rules) -> Registry:
    """Return the providers there are. Their child processes may connect to what the service may connect to.

    Whoever calls it closes it (`Registry.aclose`).
    """
    nursery = Nursery(settings.data_dir / CHILDREN_FOLDER, rules)
    return Registry.load(http, nursery, local_folders=settings.local_folders)


async def _courier(settings: Settings, store: SqliteStore, clock: Clock, rules: Rules, *, keep_queue: bool) -> Courier:
    """Return what tells of jobs that have ended: to nobody when the queue ends with the program that runs it."""
    targets = (settings.notices or {}) if keep_queue else {}
    folder = settings.data_dir / NOTICES_FOLDER
    if targets:
        await asyncio.to_thread(folder.mkdir, mode=0o700, exist_ok=True)
    errands = Errands(settings, clock, trusted_endpoints=rules.trusted_endpoints)
    means = Means(errands=errands, clock=clock, folder=folder, rules=rules)
    return Courier(Outbox(store.database, targets, settings), targets, means)


async def _with_kept_settings(settings: Settings, store: Store) -> Settings:
    kept = await store.get_meta(META_SETTINGS) or {}
    wanted = {n: v for n, v in kept.items() if n in RUNTIME_SETTINGS and n not in settings.given_by_caller}
    return changed_settings(settings, wanted)


async def _book(store: SqliteStore, clock: Clock) -> SourceBook:
    book = SourceBook(store.database)
    await book.load(clock.time())
    return book


async def _assemble(  # noqa: PLR0913 - as above
    settings: Settings,
    configured: Settings,
    store: SqliteStore,
    http: HttpClient,
    registry: Registry,
    *,
    courier: Courier,
    ffmpeg: Ffmpeg,
    telemetry: Telemetry | None,
) -> Engine:
    engine: Engine
    clock = http.clock

    def now() -> Settings:
        return engine.settings

    queue_paused = bool(await store.get_meta(META_QUEUE_PAUSED))
    tools = Tools(
        http=http,
        registry=registry,
        clock=clock,
        bench=Workbench(http, ffmpeg, clock),
        disk=Disk(now),
        settings=now,
        book=await _book(store, clock),
        posters=(posters := Posters(http, now, store)),
    )
    runner = make_runner(tools, telemetry)
    ground = Ground(
        store=store,
        hub=Hub(clock),
        runner=runner,
        slots=Limiter(DEFAULT_MAX_CONCURRENT_DOWNLOADS),
        throttles=Throttles(clock, Throttle(clock, settings.bandwidth_limit_bytes_per_s)),
        disk=tools.disk,
        clock=clock,
        settings=now,
    )
    core = make_core(ground, settings, queue_paused=queue_paused)
    core.announcer.told.append(courier.changed)
    parts = _parts(
        settings=settings,
        core=core,
        ground=ground,
        tools=tools,
        posters=posters,
        runner=runner,
        sights=_sights(core, ground, tools, configured, ffmpeg),
        courier=courier,
        telemetry=telemetry,
    )
    return (engine := Engine(settings, parts, queue_paused=queue_paused))


def _sights(core: Core, ground: Ground, tools: Tools, configured: Settings, ffmpeg: Ffmpeg) -> Sights:
    return Sights(
        announcer=core.announcer,
        store=ground.store,
        registry=tools.registry,
        hosts=tools.http.hosts,
        ffmpeg=ffmpeg,
        clock=tools.clock,
        settings=tools.settings,
        configured=configured,
    )


def _parts(  # noqa: PLR0913 - it hands over what each part needs
    *,
    settings: Settings,
    core: Core,
    ground: Ground,
    tools: Tools,
    posters: Posters,
    runner: EpisodeRunner,
    sights: Sights,
    courier: Courier,
    telemetry: Telemetry | None,
) -> Parts:
    clock, http, registry, now = tools.clock, tools.http, tools.registry, tools.settings
    slots, throttles, store = ground.slots, ground.throttles, ground.store
    announcer, transitions, supervisor = core.announcer, core.transitions, core.supervisor
    expander = Expander(
        store=store, transitions=transitions, registry=registry, supervisor=supervisor, clock=clock, settings=now
    )
    core.woken.append(expander.wake)
    database, control, undo, standing = store.database, core.control, core.undo, core.standing
    placement = Placement(database=database, transitions=transitions, throttles=throttles)
    closures = Closures(supervisor, control, standing)
    return Parts(
        clock=clock,
        store=store,
        http=http,
        registry=registry,
        hub=ground.hub,
        throttles=throttles,
        core=core,
        tuner=make_tuner(settings, http, slots, announcer, throttles),
        expander=expander,
        closures=closures,
        folder_watch=FolderWatch(disk=ground.disk, closures=closures, announcer=announcer, clock=clock, settings=now),
        schedule=Schedule(clock=clock, whole=throttles.whole, closures=closures, announcer=announcer, settings=now),
        history=History(database=database, transitions=transitions, clock=clock, settings=now),
        exchange=Exchange(database=database, sieve=core.sieve, transitions=transitions, clock=clock, woken=core.woken),
        throughput=Throughput(
            database=database, clock=clock, fetched_bytes=announcer.fetched_bytes, running=lambda: announcer.running
        ),
        segments=Segments(
            store=store, announcer=announcer, target_of=runner.target_of, download_dir=settings.download_dir
        ),
        watching=Watching(episode=control.episode, shows=tools.shows, ffmpeg=sights.ffmpeg, settings=now),
        actions=Actions(control=control, placement=placement, undo=undo, announcer=announcer, expander=expander),
        access=Access(records := DatabaseRecords(database), clock),
        trail=Trail(records, clock, now),
        planner=Planner(tools=tools, sieve=core.sieve, slots=slots),
        overview=Overview(sights),
        versions=Versions(
            registry=registry, control=control, announcer=announcer, standing=standing, book=tools.book, clock=clock
        ),
        subscriptions=make_subscriptions(core, ground, registry),
        posters=posters,
        courier=courier,
        telemetry=telemetry,
    )
