using Microsoft.AspNetCore.Mvc.RazorPages;
using Microsoft.EntityFrameworkCore;
using Storefront.Jobs.Deliveries;
using Storefront.Jobs.Orders;
using Storefront.Jobs.Partners;
using Storefront.Jobs.Reconciliation;

namespace Storefront.Web.Areas.Admin.Pages;

public sealed class IndexModel(IDbContextFactory<OrdersDb> database, PartnerPulse pulse) : PageModel
{
    public sealed record LatestOrder(Guid Id, long Number, OrderStatus Status, DateTimeOffset CreatedAt, decimal Total, string Currency);

    public sealed record Trouble(Guid OrderId, string Effect, DeliveryState State, int Attempts, DateTimeOffset? NextAttemptAt, string? LastError, long? JobId);

    public IReadOnlyList<LatestOrder> Latest { get; private set; } = [];
    public IReadOnlyList<Trouble> Troubles { get; private set; } = [];
    public IReadOnlyList<Repair> Repairs { get; private set; } = [];
    public IReadOnlyDictionary<string, PartnerPulse.Beat> Partners => pulse.Beats;

    public async Task OnGetAsync(CancellationToken cancel)
    {
        await using var db = await database.CreateDbContextAsync(cancel);
        Latest = await db.Orders.OrderByDescending(order => order.Number).Take(20)
            .Select(order => new LatestOrder(order.Id, order.Number, order.Status, order.CreatedAt, order.Total, order.Currency)).ToListAsync(cancel);
        Troubles = await db.Deliveries
            .Where(delivery => delivery.State == DeliveryState.Dead || delivery.State == DeliveryState.Pending && delivery.LastError != null)
            .OrderBy(delivery => delivery.DueAt).Take(50)
            .Select(delivery => new Trouble(
                delivery.OrderId, delivery.Effect, delivery.State, delivery.Attempts, delivery.NextAttemptAt, delivery.LastError, delivery.JobId))
            .ToListAsync(cancel);
        Repairs = await db.Repairs.AsNoTracking().OrderByDescending(repair => repair.Id).Take(20).ToListAsync(cancel);
    }
}
