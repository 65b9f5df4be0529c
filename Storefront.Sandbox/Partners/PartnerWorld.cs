using Storefront.Sandbox.Faults;
using Storefront.Sandbox.Partners.Email;
using Storefront.Sandbox.Partners.Inventory;
using Storefront.Sandbox.Partners.Loyalty;

namespace Storefront.Sandbox.Partners;

/// <summary>Everything the partners know, and how they misbehave.</summary>
internal sealed class PartnerWorld(string directory, IEnumerable<(string Sku, int OnHand)> seed, TimeProvider clock) : IAsyncDisposable
{
    public Warehouse Warehouse { get; } = new(directory, seed, clock);
    public AcceptedOnce Mails { get; } = new(Path.Combine(directory, "emails.jsonl"), clock, EmailApi.KeyLife, Schedule.Of);
    public AcceptedOnce Events { get; } = new(Path.Combine(directory, "events.jsonl"), clock);
    public PointsBook Points { get; } = new(directory, clock);
    public FaultSwitches Faults { get; } = new();

    public Task ClearAsync() => Task.WhenAll(Warehouse.ClearAsync(), Mails.ClearAsync(), Events.ClearAsync(), Points.ClearAsync());

    public async ValueTask DisposeAsync() =>
        await Task.WhenAll(
            Warehouse.DisposeAsync().AsTask(), Mails.DisposeAsync().AsTask(), Events.DisposeAsync().AsTask(),
            Points.DisposeAsync().AsTask());
}
