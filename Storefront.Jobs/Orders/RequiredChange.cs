using Npgsql;

namespace Storefront.Jobs.Orders;

/// <summary>
/// A batch that ends with <c>select orders.require_change(count(*)) from changed</c> fails as a whole where its guarded change changed
/// nothing: nothing of it becomes true.
/// </summary>
internal static class RequiredChange
{
    public static bool IsMissing(PostgresException refusal) => refusal.SqlState == "SF003";
}
