namespace Storefront.Tests.Support;

/// <summary>SKUs of the seed catalogue that the tests order.</summary>
public static class Goods
{
    public const string Mug = "MUG";
    public const string Brush = "BRUSH";
    public const string Lamp = "LAMP";
}
