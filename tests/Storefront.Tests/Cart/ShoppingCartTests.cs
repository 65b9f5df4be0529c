using CsCheck;
using Storefront.Web.Cart;

namespace Storefront.Tests.Cart;

public sealed class ShoppingCartTests
{
    private static readonly Gen<(string Sku, int Quantity)> Lines =
        Gen.Select(Gen.Char.AlphaNumeric.Array[1, 64].Select(chars => new string(chars)), Gen.Int[1, ShoppingCart.MaxQuantity]);

    [Fact]
    public void Only_a_change_of_the_cart_makes_a_new_idempotency_key()
    {
        var cart = ShoppingCart.Empty().Add("MUG", 2);

        cart.Set("MUG", 2).CheckoutKey.ShouldBe(cart.CheckoutKey);
        cart.Set("OTHER", 0).CheckoutKey.ShouldBe(cart.CheckoutKey);
        new[] { cart.Set("MUG", 3), cart.Set("MUG", 0), cart.Add("MUG", 1), cart.Add("LAMP", 1), cart.Renew() }
            .Select(changed => changed.CheckoutKey).Append(cart.CheckoutKey).ShouldBeUnique();
    }

    [Fact]
    public void Adding_a_product_twice_makes_one_line_with_the_sum()
    {
        var cart = ShoppingCart.Empty().Add("MUG", 2).Add("LAMP", 1).Add("MUG", 3);

        cart.Lines.ShouldBe([new CartLine("MUG", 5), new CartLine("LAMP", 1)]);
        cart.Pieces.ShouldBe(6);
    }

    [Fact]
    public void A_quantity_above_the_maximum_becomes_the_maximum() =>
        ShoppingCart.Empty().Add("MUG", 99_999).Add("MUG", 99_999).Find("MUG")!.Quantity.ShouldBe(100_000);

    [Fact]
    public void A_line_after_the_last_that_a_cart_may_have_is_refused()
    {
        const int Most = ShoppingCart.MaxLines;
        var full = Enumerable.Range(1, Most).Aggregate(ShoppingCart.Empty(), (cart, n) => cart.Add($"SKU-{n}", 1));

        Should.Throw<ArgumentOutOfRangeException>(() => full.Add($"SKU-{Most + 1}", 1));
        full.Add($"SKU-{Most}", 1).Lines.Count.ShouldBe(Most);
    }

    [Fact]
    public void A_cart_emptied_by_an_order_remembers_the_order_by_its_key()
    {
        var cart = ShoppingCart.Empty().Add("MUG", 2);
        var order = Guid.NewGuid();

        var emptied = cart.Became(order);

        emptied.IsEmpty.ShouldBeTrue();
        emptied.LastOrder.ShouldBe(new PlacedCart(cart.CheckoutKey, order));
        emptied.Add("LAMP", 1).LastOrder.ShouldBe(emptied.LastOrder);
    }

    [Fact]
    public void Any_cart_reads_back_as_it_was_written() => Gen.Select(Lines.Array[0, 60], Gen.Bool).Sample((lines, ordered) =>
    {
        var cart = lines.Aggregate(ordered ? ShoppingCart.Empty().Became(Guid.NewGuid()) : ShoppingCart.Empty(),
            (filling, line) => filling.Add(line.Sku, line.Quantity));
        var read = CartText.Read(CartText.Write(cart));
        return read.CheckoutKey == cart.CheckoutKey && read.LastOrder == cart.LastOrder && read.Lines.SequenceEqual(cart.Lines);
    });
}
