using Storefront.Jobs.Database;
using Storefront.Jobs.Orders;
using static System.FormattableString;

namespace Storefront.Jobs.BackOffice;

/// <summary>Which deliveries in trouble are meant. Stored with bulk work as JSON.</summary>
/// <param name="State"><c>dead</c>, or <c>retrying</c>: failed at least once and waiting for its next attempt.</param>
/// <param name="Effect">Null: all.</param>
/// <param name="Partner">Null: all.</param>
/// <param name="Error">The partner's name of the error; null: all.</param>
/// <param name="Only">Exactly these, as <c>order/effect</c>; null: all that match the rest.</param>
public sealed record FailureFilter(
    string State = FailureFilter.Dead, string? Effect = null, string? Partner = null, string? Error = null,
    IReadOnlyList<string>? Only = null)
{
    public const string Dead = "dead", Retrying = "retrying";

    /// <summary>SQL: a delivery is in doubt and its partner has forgotten the key by now, so a repeat may arrive a second time.</summary>
    internal static string KeyForgotten(EffectCatalogue effects) => string.Join(" or ",
        from effect in effects.All
        where effect.Partner.KeyLife is not null
        group effect.Name by effect.Partner.KeyLife into forgetful
        select $"effect in ('{string.Join("', '", forgetful)}')"
            + Invariant($" and in_doubt_since < now() - interval '{forgetful.Key!.Value.TotalHours} hours'"));

    internal Conditions Where(EffectCatalogue effects, params IEnumerable<object?> before)
    {
        var where = new Conditions(before);
        if (State == Retrying) where.And($"d.state = 'pending' and d.last_error is not null");
        else where.And($"d.state = 'dead'");
        if (Effect is not null) where.And($"d.effect = {Effect}");
        if (Partner is not null)
            where.And($"d.effect = any({effects.Names.Where(effect => effects.PartnerOf(effect).Name == Partner).ToArray()})");
        if (Error is not null) where.And($"d.error_kind = {Error}");
        if (Only is not null)
        {
            where.And($"d.order_id || '/' || d.effect = any({Only.ToArray()})");
            where.And($"d.order_id = any({Only.Select(key => Guid.Parse(key[..36])).ToArray()})");
        }

        return where;
    }
}
