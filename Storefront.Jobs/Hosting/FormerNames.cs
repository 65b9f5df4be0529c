using Microsoft.Extensions.Options;
using Npgsql;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Queue;
using Storefront.Jobs.Queue.Gates;
using Storefront.Jobs.Retention;

// Jobs that an earlier version stored under names that have changed since. A job's class stands in its row by its full name, so the
// old name leads to the new class for as long as such rows may exist: 90 days, as long as a failed job is kept.
#pragma warning disable IDE0130 // the namespace is the point

namespace Storefront.Jobs.Placing
{
    internal sealed class FinishOrder(OrderStore orders, IReservations reservations) : Orders.FinishOrder(orders, reservations)
    {
        public new Task RunAsync(Guid orderId, CancellationToken cancel) => base.RunAsync(orderId, cancel);
    }
}

namespace Storefront.Jobs.Operating
{
    internal sealed class RunBulkWork(
        NpgsqlDataSource database, TransactionalJobs jobs, EffectCatalogue effects, PartnerGates gates, TimeProvider clock)
        : BackOffice.RunBulkWork(database, jobs, effects, gates, clock)
    {
        public new Task RunAsync(Guid id, CancellationToken cancel) => base.RunAsync(id, cancel);
    }

    internal sealed class ForgetCalls(NpgsqlDataSource database, IOptions<RetentionOptions> options)
        : Retention.ForgetCalls(database, options)
    {
        public new Task RunAsync(CancellationToken cancel) => base.RunAsync(cancel);
    }
}
