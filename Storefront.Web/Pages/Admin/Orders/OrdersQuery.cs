using Storefront.Jobs.BackOffice;
using Storefront.Jobs.Orders;

namespace Storefront.Web.Pages.Admin.Orders;

/// <summary>Reads a search out of an address, where anybody may have typed anything: what makes no sense is not asked for.</summary>
internal static class OrdersQuery
{
    public static OrderSearch.Query Read(string? q, string? status, DateOnly? from, DateOnly? until) => new(
        string.IsNullOrWhiteSpace(q) ? null : q.Trim(),
        Enum.GetValues<OrderStatus>().Cast<OrderStatus?>().FirstOrDefault(one => EnumName.Of(one!.Value) == status),
        Start(from), until < DateOnly.MaxValue ? Start(until?.AddDays(1)) : null);

    private static DateTimeOffset? Start(DateOnly? day) =>
        day is { } known ? new DateTimeOffset(known.ToDateTime(TimeOnly.MinValue), TimeSpan.Zero) : null;
}
