"""A legacy API with Django REST framework, in one file: a list view without
pagination, which is the framework's default.

    django_app.py <database file> <address:port>

It knows nothing of what stands in front of it.
"""

import sys
from decimal import Decimal

import django
from django.conf import settings

DATABASE, ADDRESS = sys.argv[1:3]

settings.configure(
    ALLOWED_HOSTS=["*"],
    DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": DATABASE}},
    DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "rest_framework"],
    MIDDLEWARE=["django.middleware.common.CommonMiddleware", "django.middleware.http.ConditionalGetMiddleware"],
    ROOT_URLCONF=__name__,
    SECRET_KEY="only for tests",
    TEMPLATES=[{"BACKEND": "django.template.backends.django.DjangoTemplates", "APP_DIRS": True}],
    USE_TZ=True,
)
django.setup()

from django.core.management import call_command
from django.db import connection, models
from django.urls import path
from rest_framework import generics, serializers


class Order(models.Model):
    number = models.CharField(max_length=40)
    big = models.BigIntegerField()
    amount = models.DecimalField(max_digits=12, decimal_places=2)
    comment = models.TextField(null=True)

    class Meta:
        app_label = "orders"
        ordering = ["id"]


class OrderSerializer(serializers.ModelSerializer):
    class Meta:
        model = Order
        fields = "__all__"


class OrderList(generics.ListAPIView):
    queryset = Order.objects.all()
    serializer_class = OrderSerializer


urlpatterns = [path("api/orders/", OrderList.as_view())]


def seed():
    with connection.schema_editor() as schema:
        schema.create_model(Order)
    Order.objects.bulk_create(
        Order(
            id=i,
            number=f"N° {i:05d} “Zürich” 😀 \\ \"x\"",
            big=9007199254740993 + i,
            amount=Decimal(i) / 10,
            comment=None if i % 4 else "a]},{b\r\n<script>",
        )
        for i in range(1, 358)
    )


if __name__ == "__main__":
    seed()
    call_command("runserver", ADDRESS, use_reloader=False)
