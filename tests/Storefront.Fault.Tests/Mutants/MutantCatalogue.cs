using Storefront.Fault.Tests.Rig;
using Storefront.Fault.Tests.Scenarios;

namespace Storefront.Fault.Tests.Mutants;

/// <summary>Bugs that people make, each of which would lose or double something one day.</summary>
internal static class MutantCatalogue
{
    public static readonly IReadOnlyList<Mutant> All =
    [
        new("The unique index on the idempotency key is gone", " orders: ", Catalogue.Named("F21"),
            [new("Orders/OrderStore.Open.cs", "on conflict (idempotency_key) do nothing", "on conflict do nothing")],
            rig => rig.Postgres.RunAsync("drop index orders.ix_orders_idempotency_key")),

        new("Ledger and jobs are written after the order's commit instead of with it", " has no order-confirmation",
            KilledAt("after-commit"),
            [new("Orders/OrderStore.Settle.cs", """
                            await AddEffectsAsync(batch, lease.OrderId, due, cancel);
                            batch.AddCalls(lease.OrderId, CallRows.Reservation);

                            // Until the next line nothing has happened; after it, everything will.
                            return await CommitAsync(batch, lease, status, due.Select(effect => effect.Queue), cancel);
                """, """
                            var order = await CommitAsync(batch, lease, status, [], cancel);
                            await using var later = database.CreateBatch();
                            await AddEffectsAsync(later, lease.OrderId, due, cancel);
                            if (due.Count > 0) await later.ExecuteNonQueryAsync(cancel);
                            jobs.Committed();
                            return order;
                """)]),

        new("The effect's key contains the number of the attempt", " has 2 ", KilledAt("after-accept"),
            [new("Orders/Ledger.cs", "returning idempotency_key, attempts", "returning idempotency_key || '/' || attempts, attempts")]),

        new("The ledger is not looked into before a partner is called", "was run again called its partner again", Catalogue.Named("F27"),
            [new("Orders/Ledger.cs", "effect = $2 and state in ('pending', 'dead')",
                "effect = $2 and state in ('pending', 'dead', 'delivered')")]),

        new("An effect is marked delivered before its partner is called", " has no ", KilledAt("before-call"),
            [
                new("Orders/DeliveryExecutor.cs", """CrashPoint.At("before-call");""",
                    """await ledger.DeliveredAsync(attempt, "none"); CrashPoint.At("before-call");"""),
            ]),

        new("Stock is reserved under a random id instead of the order's", "Inventory holds nothing for it", Catalogue.Named("F1"),
            [
                new("Inventory/Inventory.cs", "api.ReserveAsync(orderId.ToString()", "api.ReserveAsync(Guid.NewGuid().ToString()"),
                new("Inventory/Inventory.cs", "said.IsOf(orderId) && said.Status == ReservationDto.Held",
                    "said.Status == ReservationDto.Held"),
            ]),

        new("A call that went unanswered counts as never sent", "Leaked: ", Catalogue.Named("F7b"),
            [new("Inventory/Inventory.cs", "return outcome.MayHaveActed", "return outcome.MayHaveActed && limit < TimeSpan.Zero")]),

        // The comparison with Inventory would repair it within two minutes, and the rig checks only at the end.
        new("Whatever comes with status 200 counts as a yes, and nobody looks whether Inventory holds anything",
            "Inventory holds nothing for it", Catalogue.Named("F32"),
            [
                new("Inventory/Inventory.cs", "_ when isHeld => new ReserveAnswer.Held(),",
                    "_ when answer.Code is 200 or 201 => new ReserveAnswer.Held(),"),
                new("Reconciliation/CompareRecentOrders.cs", "if (alone is null) return;", "return;"),
            ]),

        new("Sold out counts as \"nobody knows\" and is asked again", "never came to an end", Catalogue.Named("F28"),
            [new("Inventory/Inventory.cs", """(409, "insufficient_stock") => No(OrderFailure.SoldOut)""",
                """(409, "insufficient_stock") => new ReserveAnswer.Unknown("Sold out.")""")]),

        new("Reconciliation does nothing", "is still pending", Catalogue.Named("F23"),
            [new("Reconciliation/ReconcileOrders.cs", "if (alone is null) return;", "return;")]),

        new("Reconciliation ignores reservations that are missing", "Inventory holds nothing for it", Catalogue.Named("F34"),
            [
                new("Reconciliation/HeldStock.cs", "return await ReserveAgainAsync(order, cancel);",
                    "return order.Age > TimeSpan.Zero || await ReserveAgainAsync(order, cancel);"),
            ]),

        new("Text is cut in UTF-16, without a look at what a character is", "were cut inside a character", Catalogue.Named("F33"),
            [new("Database/StorableText.cs", "var (at, characters, cut) = (0, 0, 0);", """
                if (maxCharacters > 0) return text[..(maxCharacters - 1)] + "…";
                        var (at, characters, cut) = (0, 0, 0);
                """)]),

        new("Whoever comes back late writes over whoever took the order over: the lease's token is ignored",
            "The stock was held by the second", Catalogue.Named("F30"),
            [
                new("Orders/OrderStore.Settle.cs", "status = 'reserving' and lease_token = $2",
                    "status = 'reserving' and $2::uuid is not null"),
            ]),

        new("A job is given to another after 1.5 s, and nobody renews its lease", "while they were under way", Catalogue.Named("F10b"),
            [
                new("Queue/Storage/Leases.cs", "await TryRenewAsync(stop);", "stop.ThrowIfCancellationRequested();"),
                new("Queue/StorageRegistration.cs", "TimeSpan.FromSeconds(options.InvisibilitySeconds)", "TimeSpan.FromSeconds(1.5)"),
            ]),

        new("A partner that asks to wait uses up an attempt", "has used up", Catalogue.Named("F12"),
            [new("Orders/DeliveryExecutor.cs", "counts: false, fault.InDoubt", "counts: true, fault.InDoubt")]),

        new("One of two processes takes jobs although the partner's gate is closed", "jobs were taken for", Catalogue.Named("F35"),
            [new("Queue/Gates/Gate.cs", "        _ => 0,", "        _ => most,")],
            rig => rig.Nodes[0].DeployAsync(ShopRig.CrashBuild)),

        new("Each process keeps a partner's rate limit for itself", "times in one second", Catalogue.Named("F39"),
            [new("Queue/Gates/PaceTable.cs", "set next_at = drawn.first + drawn.count * $2", "set next_at = drawn.first")]),

        new("A process tries a partner without a look at the lease of another", "at once", Catalogue.Named("F35b"),
            [
                new("Queue/Gates/GateTable.cs", "(probe_until is null or probe_until < now())", "true"),
                new("Queue/Gates/GateTable.cs", "coalesce(gate.probe_until > now(), false)", "false"),
            ]),

        new("A mail that fails while Email is known to be down uses up an attempt", "attempts were used up", Catalogue.Named("F35"),
            [new("Orders/DeliveryExecutor.cs", "if (isDown && fault", "if (isDown && attempt.Number < 0 && fault")]),

        new("Nobody writes the row of a closed gate again when it is lost", "stays lost", Catalogue.Named("F38"),
            [new("Queue/Gates/PartnerGates.cs", "if (gate.Position != GateState.Open) Tell", "if (Looks < 0) Tell")]),

        new("Postgres says \"committed\" before it is on disk (synchronous_commit = off)", " is not there", Catalogue.Named("F15b"), [],
            async rig =>
        {
            await rig.Postgres.RunAsync("alter role storefront set synchronous_commit = off");
            await rig.Postgres.RunAsync("alter system set wal_writer_delay = '10s'");
            await rig.Postgres.RunAsync("alter system set wal_writer_flush_after = '1GB'");
            await rig.Postgres.RestartImmediatelyAsync();
        }),

        new("The standby is asynchronous and lags behind", "Lost: ", Catalogue.Named("F19"), [], rig => rig.Postgres.LetStandbyLagAsync()),
    ];

    private static Scenario KilledAt(string point) =>
        new($"F2-{point}", $"a process is killed at {point}", run => Crashes.AtPointsAsync(run, [point, point, point, point]));
}
